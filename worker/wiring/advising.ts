import { createProgramImport } from '../services/advising/catalogue/import-programs.ts'
import { createPrograms } from '../services/advising/catalogue/programs.ts'
import { createGradeReading, GRADE_TASKS } from '../services/advising/grades/grade-reading.ts'
import { createProfiles } from '../services/advising/profiles.ts'
import { createCatalogueView } from '../services/advising/recommending/catalogue-view.ts'
import { createAdviser } from '../services/advising/recommending/conversation-facts.ts'
import { createRecommendations } from '../services/advising/recommending/recommendations.ts'
import { createTranscripts } from '../services/advising/transcripts.ts'
import type { Quota } from '../services/files/quota.ts'
import type { OnTaskEnded, Tasks } from '../services/tasks/tasks.ts'
import type { Ground } from './ground.ts'

/** The advising of students. */
export function wireAdvising(
  { config, db, audit, bucket, disposal }: Ground,
  quota: Quota,
  tasks: Tasks,
  takers: Map<string, OnTaskEnded>,
) {
  const currency = config.ADVISING_CURRENCY
  const programs = createPrograms({ db, audit })
  const recommendations = createRecommendations({
    db,
    currency,
    view: createCatalogueView(db, { currency }),
  })
  const gradeReading = createGradeReading({ db, bucket, tasks })
  takers.set(GRADE_TASKS, gradeReading.onTaskEnded)
  return {
    profiles: createProfiles(db),
    transcripts: createTranscripts({ db, bucket, disposal, quota, stopTask: tasks.cancel }),
    gradeReading,
    /** The programs of study that are recommended. */
    programs,
    programImport: createProgramImport({ db, audit }),
    recommendations,
    adviser: createAdviser({ recommendations, programs, currency }),
  }
}
