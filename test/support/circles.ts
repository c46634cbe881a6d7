/** Every circle of a graph: groups of two or more in which each leads to each (Tarjan 1972), and what leads to itself. */
export function circlesOf(graph: ReadonlyMap<string, Iterable<string>>): string[][] {
  const circles: string[][] = []
  const order = new Map<string, number>()
  /** The earliest that each is known to lead back to. */
  const back = new Map<string, number>()
  const path: string[] = []
  const onPath = new Set<string>()

  const visit = (from: string): number => {
    const found = order.size
    order.set(from, found)
    let earliest = found
    path.push(from)
    onPath.add(from)
    for (const to of graph.get(from) ?? []) {
      if (!order.has(to)) earliest = Math.min(earliest, visit(to))
      else if (onPath.has(to)) earliest = Math.min(earliest, back.get(to) ?? order.get(to) ?? found)
    }
    back.set(from, earliest)
    if (earliest === found) {
      const group = path.splice(path.indexOf(from))
      for (const one of group) onPath.delete(one)
      if (group.length > 1 || [...(graph.get(from) ?? [])].includes(from)) circles.push(group)
    }
    return earliest
  }

  for (const one of graph.keys()) if (!order.has(one)) visit(one)
  return circles
}
