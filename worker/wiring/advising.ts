import { createProgramImport } from '../services/advising/catalogue/import-programs.ts'
import { createPrograms } from '../services/advising/catalogue/programs.ts'
import { createGradeReading, GRADE_TASKS } from '../services/advising/grades/grade-reading.ts'
import { createProgramVectors } from '../services/advising/likeness/program-vectors.ts'
import { createProfiles } from '../services/advising/profiles.ts'
import { createCatalogueView } from '../services/advising/recommending/catalogue-view.ts'
import { createAdviser } from '../services/advising/recommending/conversation-facts.ts'
import { createRecommendations } from '../services/advising/recommending/recommendations.ts'
import { createTranscripts } from '../services/advising/transcripts.ts'
import type { Quota } from '../services/files/quota.ts'
import type { Embedding } from '../services/library/vector-models.ts'
import type { Tasks, TaskTaker } from '../services/tasks/tasks.ts'
import type { Ground } from './ground.ts'

/** The advising of students. */
export function wireAdvising(
  { config, db, audit, bucket, disposal, later, log }: Ground,
  quota: Quota,
  embedding: Embedding,
  tasks: Tasks,
  takers: Map<string, TaskTaker>,
) {
  const currency = config.ADVISING_CURRENCY
  const programs = createPrograms({ db, audit })
  const programVectors = createProgramVectors({ db, embedding, log })
  const programImport = createProgramImport({ db, audit })
  const recommendations = createRecommendations({
    db,
    currency,
    likenessTo: programVectors.likenessTo,
    view: createCatalogueView(db, { currency }),
  })
  const gradeReading = createGradeReading({ db, bucket, tasks })
  takers.set(GRADE_TASKS, gradeReading)
  return {
    profiles: createProfiles(db),
    transcripts: createTranscripts({ db, bucket, disposal, quota, stopTask: tasks.cancel }),
    gradeReading,
    /** The programs of study that are recommended. */
    programs,
    programVectors,
    programImport: {
      ...programImport,
      async run(...args: Parameters<typeof programImport.run>) {
        const result = await programImport.run(...args)
        later(programVectors.tick())
        return result
      },
    },
    recommendations,
    adviser: createAdviser({ recommendations, programs, currency }),
  }
}
