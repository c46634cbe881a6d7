import { describe, expect, it } from 'vitest'
import { groundingOf, MAX_GROUNDING_LENGTH } from '../../../../worker/services/advising/grounding.ts'
import type { AcademicRecord, Preferences } from '../../../../worker/services/advising/student.ts'

const part = <Fields>(fields: Fields) => ({ id: 'x', createdAt: 0, fields })
const grounding = (record?: AcademicRecord, wishes?: Preferences, name = 'CS Track') =>
  groundingOf({
    name,
    academicRecord: record ? part(record) : null,
    preferences: wishes ? part(wishes) : null,
  })

describe('what a model is told of a profile', () => {
  it('is every field in plain words', () => {
    const record: AcademicRecord = {
      currentStatus: 'High School',
      currentInstitution: 'Lincoln High School',
      currentField: 'Science',
      gpa: 15.5,
      languagePreference: 'English',
      transcriptUrl: 'https://example.com/transcript.pdf',
      subjectGrades: [
        { subjectName: 'Mathematics', grade: 18.5, weight: 4 },
        { subjectName: 'Physics', grade: 17, weight: null },
      ],
    }
    const wishes: Preferences = {
      favoriteSubjects: ['Mathematics', 'Physics'],
      dislikedSubjects: ['History'],
      softSkills: ['Teamwork'],
      hobbies: ['Robotics'],
      geographicPreference: 'Europe',
      budgetRangeMin: 5000,
      budgetRangeMax: 15000,
      careerGoals: 'Software Engineer',
    }
    expect(grounding(record, wishes).split('\n')).toEqual([
      'You advise a student. Their profile "CS Track":',
      'Current status: High School',
      'Current institution: Lincoln High School',
      'Current field: Science',
      'GPA: 15.5 out of 20',
      'Preferred language: English',
      'Career goals: Software Engineer',
      'Preferred region: Europe',
      'Budget: 5000 to 15000',
      'Favorite subjects: Mathematics, Physics',
      'Disliked subjects: History',
      'Grades: Mathematics 18.5 (weight 4), Physics 17',
      'Soft skills: Teamwork',
      'Hobbies: Robotics',
    ])
  })

  it('says plainly what is not known', () => {
    expect(grounding()).toBe(
      [
        'You advise a student. Their profile "CS Track":',
        'Not known: Current status, Current institution, Current field, GPA, Preferred language, Career goals, ' +
          'Preferred region, Budget, Favorite subjects, Disliked subjects, Grades, Soft skills, Hobbies. ' +
          'Do not guess it: ask.',
      ].join('\n'),
    )
    expect(grounding({ gpa: 0 }, { hobbies: [] })).toMatch(/GPA: 0 out of 20\nNot known: .*Hobbies/)
  })

  it.each<[Preferences, string]>([
    [{ budgetRangeMin: 0 }, 'Budget: from 0'],
    [{ budgetRangeMax: 900 }, 'Budget: up to 900'],
  ])('knows half of a budget: %j', (wishes, line) => {
    expect(grounding(undefined, wishes).split('\n')).toContain(line)
  })

  it('leaves out whole facts that are too long, and says so', () => {
    const head = grounding({}, {}).split('\n')[0] ?? ''
    const room = MAX_GROUNDING_LENGTH - head.length - '\nHobbies: '.length
    expect(grounding({}, { hobbies: ['x'.repeat(room)] })).not.toContain('Too long')
    const text = grounding({ gpa: 12 }, { softSkills: ['x'.repeat(room + 1)], hobbies: ['Chess'] })
    expect(text.split('\n').slice(1, 4)).toEqual([
      'GPA: 12 out of 20',
      'Hobbies: Chess',
      'Too long to be shown here: Soft skills.',
    ])
  })
})
