/** Clara, "Available Roles". An account may hold several; who holds none of them is let into nothing. */
export const CLARA_ROLES = ['admin', 'trainer', 'analyst', 'viewer'] as const
export type ClaraRole = (typeof CLARA_ROLES)[number]

/** Clara, "Endpoint Permissions": who may do what. Reading jobs is getting one and listing all, and so with datasets. */
export const PERMISSIONS = {
  'jobs.create': ['admin', 'trainer'],
  'jobs.read': ['admin', 'trainer', 'analyst', 'viewer'],
  'jobs.cancel': ['admin', 'trainer'],
  'datasets.create': ['admin', 'trainer', 'analyst'],
  'datasets.read': ['admin', 'trainer', 'analyst', 'viewer'],
  'datasets.export': ['admin', 'trainer', 'analyst'],
  'datasets.delete': ['admin', 'trainer', 'analyst'],
} as const satisfies Record<string, readonly ClaraRole[]>

export type ClaraOperation = keyof typeof PERMISSIONS
