import { currentTime } from '../services/agent-tools/current-time.ts'
import { createFetchUrl } from '../services/agent-tools/fetch-url.ts'
import { searchEngines } from '../services/agent-tools/search/engines.ts'
import { createToolbox } from '../services/agent-tools/toolbox.ts'
import { createRobots } from '../services/agent-tools/web/robots.ts'
import { createWebPages } from '../services/agent-tools/web/web-page.ts'
import { createWebSearch } from '../services/agent-tools/web-search.ts'
import { createHostCheck } from '../services/webhooks/host-check.ts'
import { createResolver } from '../services/webhooks/resolver.ts'
import type { Ground } from './ground.ts'

/** Pages of the public net, as agents read them. */
function wireWebPages({ config, isDevelopment }: Ground) {
  const refusalOf = createHostCheck({ resolve: createResolver(config.DNS_RESOLVER_URL), isDevelopment })
  return createWebPages({ refusalOf, isDevelopment })
}

/** The tools that runs of agents use. */
export function wireAgentTools(ground: Ground) {
  const pages = wireWebPages(ground)
  const tools = [
    createWebSearch(searchEngines(ground.config)),
    createFetchUrl({ pages, mayRead: createRobots(pages) }),
    currentTime,
  ]
  return { toolbox: createToolbox({ tools, log: ground.log }) }
}
