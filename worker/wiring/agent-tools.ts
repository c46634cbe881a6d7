import { createMathCalculator } from '../services/agent-tools/computing/math-calculator.ts'
import { createPythonExecutor } from '../services/agent-tools/computing/python-executor.ts'
import { currentTime } from '../services/agent-tools/current-time.ts'
import { createFetchUrl } from '../services/agent-tools/fetch-url.ts'
import { createAnalyzeData } from '../services/agent-tools/own/analyze-data.ts'
import { createRecall, createRemember } from '../services/agent-tools/own/memory.ts'
import { createNotes } from '../services/agent-tools/own/notes.ts'
import { createReadDocument } from '../services/agent-tools/own/read-document.ts'
import { createSearchDocuments } from '../services/agent-tools/own/search-documents.ts'
import { searchEngines } from '../services/agent-tools/search/engines.ts'
import { createToolbox, type ToolSource } from '../services/agent-tools/toolbox.ts'
import { createRobots } from '../services/agent-tools/web/robots.ts'
import { createWebPages } from '../services/agent-tools/web/web-page.ts'
import { createWebSearch } from '../services/agent-tools/web-search.ts'
import { TRUST_RULES } from '../services/agents/trust.ts'
import type { Datasets } from '../services/datasets/datasets.ts'
import type { TaskCalls } from '../services/tasks/task-calls.ts'
import { createHostCheck } from '../services/webhooks/host-check.ts'
import { createResolver } from '../services/webhooks/resolver.ts'
import type { Ground } from './ground.ts'

/** Pages of the public net, as agents read them. */
function wireWebPages({ config, isDevelopment }: Ground) {
  const refusalOf = createHostCheck({ resolve: createResolver(config.DNS_RESOLVER_URL), isDevelopment })
  return createWebPages({ refusalOf, isDevelopment })
}

/** The tools that runs of agents use. */
export function wireAgentTools(
  ground: Ground,
  { datasets, tasks, sources }: { datasets: Datasets; tasks: TaskCalls; sources: readonly ToolSource[] },
) {
  const { config, db, stubs, log } = ground
  const pages = wireWebPages(ground)
  const notes = createNotes(db)
  const tools = [
    createWebSearch(searchEngines(config)),
    createFetchUrl({ pages, mayRead: createRobots(pages) }),
    createSearchDocuments(stubs.library),
    createReadDocument(stubs.library),
    createAnalyzeData(datasets),
    createMathCalculator(tasks),
    createPythonExecutor(tasks),
    currentTime,
    createRemember(notes),
    createRecall(notes),
  ]
  return {
    toolbox: createToolbox({ tools, sources, rules: TRUST_RULES, log }),
    /** The sentences that agents remember for accounts. */
    notes,
  }
}
