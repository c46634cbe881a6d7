import { spawn } from 'node:child_process'

/** The command that opens an address in the browser of whoever sits here. */
export const openerOf = (platform: NodeJS.Platform): [command: string, ...args: string[]] => {
  if (platform === 'darwin') return ['open']
  return platform === 'win32' ? ['cmd', '/c', 'start', ''] : ['xdg-open']
}

/** Opens an address; a machine without a browser is told to its operator, and no failure. */
export function openBrowser(address: string, say: (sentence: string) => void): void {
  const [command, ...args] = openerOf(process.platform)
  const child = spawn(command, [...args, address], { stdio: 'ignore', detached: true })
  child.once('error', () => say(`No browser could be opened: ${address} is the address.`))
  child.unref()
}
