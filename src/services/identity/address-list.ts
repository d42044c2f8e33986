/** IP addresses and ranges: the lists that clients are bound to, and the networks that attempts are counted by. */
import { BlockList, isIP } from 'node:net'

/** An IPv4 address as dual-stack sockets show it. */
const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i

/** True for an IPv4 or IPv6 address, or a range of them in CIDR notation (RFC 4632, RFC 4291 section 2.3). */
export function isAddressRange (text: string): boolean {
  return parseRange(text) !== null
}

function parseRange (text: string): { address: string, bits: number, family: 'ipv4' | 'ipv6' } | null {
  const [address = '', length, ...rest] = text.split('/')
  const version = address.includes('%') ? 0 : isIP(address)
  const most = version === 4 ? 32 : 128
  const bits = length === undefined ? most : /^\d{1,3}$/.test(length) ? Number(length) : Infinity
  if (version === 0 || rest.length > 0 || bits > most) return null
  return { address, bits, family: version === 4 ? 'ipv4' : 'ipv6' }
}

/** True when every address of the range is in one of the ranges. */
export function isRangeWithin (range: string, ranges: readonly string[]): boolean {
  const inner = parseRange(range)
  return inner !== null && ranges.some(other => {
    const outer = parseRange(other)
    return outer !== null && outer.family === inner.family && outer.bits <= inner.bits && compileAddressList([other])(inner.address)
  })
}

/** Tells whether an address is on the list; an empty list has every address on it. */
export function compileAddressList (ranges: readonly string[]): (address: string) => boolean {
  if (ranges.length === 0) return () => true
  const list = new BlockList()
  for (const range of ranges) {
    const parsed = parseRange(range)
    // One that cannot be read admits nobody.
    if (parsed !== null) list.addSubnet(parsed.address, parsed.bits, parsed.family)
  }
  return address => {
    const plain = MAPPED.exec(address)?.[1] ?? address
    const version = isIP(plain)
    return version !== 0 && list.check(plain, version === 4 ? 'ipv4' : 'ipv6')
  }
}

/** Whoever has one address of an IPv6 network usually has all of its 2^64, so attempts are counted by that network. */
export function networkOf (address: string): string {
  const plain = MAPPED.exec(address)?.[1] ?? address
  if (isIP(plain) !== 6) return plain
  const [left = '', right] = (plain.split('%')[0] ?? '').split('::')
  const head = left === '' ? [] : left.split(':')
  const tail = right === undefined || right === '' ? [] : right.split(':')
  // A dotted IPv4 address at the end stands for two groups.
  const dotted = (plain.includes('.') ? 1 : 0)
  const groups = right === undefined ? head : [...head, ...Array<string>(Math.max(0, 8 - dotted - head.length - tail.length)).fill('0'), ...tail]
  return `${groups.slice(0, 4).map(group => Number.parseInt(group, 16).toString(16)).join(':')}::/64`
}
