/** A grade of a subject, 0 to 100. */
export interface SubjectGrade {
  subjectName: string
  grade: number
  weight?: number | null | undefined
}

/** A student's record so far. What is absent is not known. */
export interface AcademicRecord {
  currentStatus?: string | undefined
  currentInstitution?: string | undefined
  currentField?: string | undefined
  /** 0 to 20. */
  gpa?: number | undefined
  languagePreference?: string | undefined
  transcriptUrl?: string | undefined
  subjectGrades?: SubjectGrade[] | undefined
}

/** A student's wishes. What is absent is not known. */
export interface Preferences {
  favoriteSubjects?: string[] | undefined
  dislikedSubjects?: string[] | undefined
  softSkills?: string[] | undefined
  hobbies?: string[] | undefined
  geographicPreference?: string | undefined
  budgetRangeMin?: number | undefined
  budgetRangeMax?: number | undefined
  careerGoals?: string | undefined
}
