import { and, eq, gte, lt, sql } from 'drizzle-orm'
import { AppError } from '../../../../shared/errors.ts'
import type { Db } from '../../../db/client.ts'
import { workspaceFiles } from '../../../db/tables/workspace.ts'
import { afterPrefix } from '../../workspace/path.ts'

/** The file that is meant where a folder holds several. */
export const ADAPTER_FILE = 'adapter.gguf'

/** Files of a folder that are named when it is not clear which is meant. */
const MAX_NAMED = 5

/** An adapter's file in a workspace, as it was when it was looked for. */
export interface UploadedAdapter {
  path: string
  versionId: string
  sizeBytes: number
  modifiedAt: number
}

export type UploadedAdapters = ReturnType<typeof createUploadedAdapters>

/** The adapters that accounts bring along, in their workspaces. */
export function createUploadedAdapters(db: Db) {
  const columns = {
    path: workspaceFiles.path,
    versionId: workspaceFiles.versionId,
    sizeBytes: workspaceFiles.sizeBytes,
    modifiedAt: workspaceFiles.modifiedAt,
  }

  async function find(accountId: string, path: string): Promise<UploadedAdapter | undefined> {
    const [file] = await db
      .select(columns)
      .from(workspaceFiles)
      .where(and(eq(workspaceFiles.accountId, accountId), eq(workspaceFiles.path, path)))
    return file
  }

  return {
    find,

    /**
     * The adapter at a path: the file itself where it ends in `.gguf`, otherwise `adapter.gguf` of the folder, or its only GGUF
     * file. Throws `invalid_request` with param `startFrom` where the folder has several.
     */
    async at(accountId: string, path: string): Promise<UploadedAdapter | undefined> {
      if (/\.gguf$/i.test(path)) return await find(accountId, path)
      const prefix = `${path}/`
      const named = await find(accountId, prefix + ADAPTER_FILE)
      if (named) return named
      const end = afterPrefix(prefix)
      const files = await db
        .select(columns)
        .from(workspaceFiles)
        .where(
          and(
            eq(workspaceFiles.accountId, accountId),
            gte(workspaceFiles.path, prefix),
            end === undefined ? undefined : lt(workspaceFiles.path, end),
            sql`lower(substr(${workspaceFiles.path}, -5)) = '.gguf'`,
            sql`instr(substr(${workspaceFiles.path}, ${prefix.length + 1}), '/') = 0`,
          ),
        )
        .limit(MAX_NAMED)
      if (files.length < 2) return files[0]
      const names = files.map((file) => file.path.slice(prefix.length)).join(', ')
      throw new AppError('invalid_request', `There are several adapters in '${path}' (${names}): name one.`, {
        param: 'startFrom',
      })
    },
  }
}
