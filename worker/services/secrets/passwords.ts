import { deriveKey, KEY_BYTES, type ScryptParameters } from './scrypt.ts'
import { equalInConstantTime } from './secrets.ts'

/** RFC 7914 parameters of new hashes: about 100 ms. They are stored with each hash, so that they can be raised. */
const COST = 2 ** 14
const BLOCK_SIZE = 8
const PARALLELISM = 1
const SALT_BYTES = 16

const toHex = (bytes: Uint8Array) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
const fromHex = (text: string) =>
  Uint8Array.from(text.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16))

const CURRENT: ScryptParameters = { cost: COST, blockSize: BLOCK_SIZE, parallelism: PARALLELISM }

/** The parameters, salt and hash that a stored password is made of. */
function parse(hash: string) {
  const [, cost, blockSize, parallelism, salt = '', key = ''] = hash.split('$')
  const parameters: ScryptParameters = {
    cost: Number(cost),
    blockSize: Number(blockSize),
    parallelism: Number(parallelism),
  }
  return { parameters, salt, key }
}

/** `scrypt$N$r$p$salt$key`, salt and key in hex. */
export async function hashPassword(password: string): Promise<string> {
  const salt = crypto.getRandomValues(new Uint8Array(SALT_BYTES))
  const key = await deriveKey(password, salt, CURRENT)
  return ['scrypt', COST, BLOCK_SIZE, PARALLELISM, toHex(salt), toHex(key)].join('$')
}

/** A hash that no password has: verifying against it takes as long as against a real one. */
const UNKNOWN = `scrypt$${COST}$${BLOCK_SIZE}$${PARALLELISM}$${'00'.repeat(SALT_BYTES)}$${'00'.repeat(KEY_BYTES)}`

/** Takes the same time whether or not there is a hash, so that a login does not tell which names exist. */
export async function verifyPassword(password: string, hash: string | null | undefined): Promise<boolean> {
  const { parameters, salt, key } = parse(hash ?? UNKNOWN)
  const derived = await deriveKey(password, fromHex(salt), parameters)
  return equalInConstantTime(toHex(derived), key) && Boolean(hash)
}

/** Whether a hash was made with less work than new ones are: then it is made again where the password is at hand. */
export function isOutdated(hash: string): boolean {
  const { cost, blockSize, parallelism } = parse(hash).parameters
  return cost * blockSize * parallelism < COST * BLOCK_SIZE * PARALLELISM
}
