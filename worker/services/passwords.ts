import { scrypt } from 'node:crypto'
import { equalInConstantTime } from './secrets.ts'

/** RFC 7914 parameters of new hashes: about 100 ms. They are stored with each hash, so that they can be raised. */
const COST = 2 ** 14
const BLOCK_SIZE = 8
const PARALLELISM = 1
const KEY_BYTES = 32
const SALT_BYTES = 16

interface ScryptParameters {
  cost: number
  blockSize: number
  parallelism: number
}

function derive(password: string, salt: Uint8Array, { cost, blockSize, parallelism }: ScryptParameters) {
  // scrypt needs 128·N·r bytes; the runtime refuses anything near its default limit of 32 MiB.
  const maxmem = 256 * cost * blockSize
  const options = { N: cost, r: blockSize, p: parallelism, maxmem }
  return new Promise<Uint8Array>((resolve, reject) => {
    scrypt(password.normalize('NFKC'), salt, KEY_BYTES, options, (error, key) =>
      error ? reject(error) : resolve(key),
    )
  })
}

const toHex = (bytes: Uint8Array) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
const fromHex = (text: string) =>
  Uint8Array.from(text.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16))

/** `scrypt$N$r$p$salt$key`, salt and key in hex. */
export async function hashPassword(password: string): Promise<string> {
  const salt = crypto.getRandomValues(new Uint8Array(SALT_BYTES))
  const key = await derive(password, salt, { cost: COST, blockSize: BLOCK_SIZE, parallelism: PARALLELISM })
  return ['scrypt', COST, BLOCK_SIZE, PARALLELISM, toHex(salt), toHex(key)].join('$')
}

/** A hash that no password has: verifying against it takes as long as against a real one. */
const UNKNOWN = `scrypt$${COST}$${BLOCK_SIZE}$${PARALLELISM}$${'00'.repeat(SALT_BYTES)}$${'00'.repeat(KEY_BYTES)}`

/** Takes the same time whether or not there is a hash, so that a login does not tell which names exist. */
export async function verifyPassword(password: string, hash: string | null | undefined): Promise<boolean> {
  const [, cost, blockSize, parallelism, salt = '', key = ''] = (hash ?? UNKNOWN).split('$')
  const derived = await derive(password, fromHex(salt), {
    cost: Number(cost),
    blockSize: Number(blockSize),
    parallelism: Number(parallelism),
  })
  return equalInConstantTime(toHex(derived), key) && Boolean(hash)
}
