import { type SQL, sql } from 'drizzle-orm'
import { workspaceFiles } from '../../db/tables/workspace.ts'

/** Versions by their ids, or any that there is. */
export type Versions = '*' | readonly string[]

/** The state that a file must be in to be changed (RFC 9110 §13.1): one of these versions, and none of those. */
export interface Condition {
  ifMatch?: Versions | undefined
  ifNoneMatch?: Versions | undefined
}

/** The one row of a path. */
export const rowOf = (accountId: string, path: string): SQL =>
  sql`${workspaceFiles.accountId} = ${accountId} and ${workspaceFiles.path} = ${path}`

const existsAmong = (row: SQL, versions: Versions): SQL => {
  const among =
    versions === '*'
      ? sql`true`
      : sql`${workspaceFiles.versionId} in (select value from json_each(${JSON.stringify(versions)}))`
  return sql`exists (select 1 from ${workspaceFiles} where ${row} and ${among})`
}

/** Whether the file is in that state, as the statement finds it. */
export function holds(accountId: string, path: string, { ifMatch, ifNoneMatch }: Condition): SQL {
  const row = rowOf(accountId, path)
  const matches = ifMatch === undefined ? sql`true` : existsAmong(row, ifMatch)
  const differs = ifNoneMatch === undefined ? sql`true` : sql`not ${existsAmong(row, ifNoneMatch)}`
  return sql`(${matches} and ${differs})`
}

/** Whether a file of this version, or none, is in that state. */
export function isMet({ ifMatch, ifNoneMatch }: Condition, versionId: string | undefined): boolean {
  const isAmong = (versions: Versions) =>
    versionId !== undefined && (versions === '*' || versions.includes(versionId))
  return (ifMatch === undefined || isAmong(ifMatch)) && (ifNoneMatch === undefined || !isAmong(ifNoneMatch))
}
