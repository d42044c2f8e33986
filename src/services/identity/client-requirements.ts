/** What must hold of a client that is made or changed; what does not is refused as `validation-failed` with the place. */
import type { Scope } from '../../domain/access.js'
import type { Client } from '../../domain/organization.js'
import { ExchangeError } from '../../domain/problems.js'
import { isAddressRange, isRangeWithin } from './address-list.js'

/** What limits a client. */
interface Limits { scopes: readonly Scope[], allowedAddresses: readonly string[] }

export function requireContent ({ scopes, allowedAddresses }: Limits, allowed: readonly Scope[]): void {
  for (const [index, scope] of scopes.entries()) {
    if (!allowed.includes(scope)) throw reference(`/scopes/${index}`, `A client of this organisation cannot have the scope ${scope}.`, `one of ${allowed.join(', ')}`)
  }
  for (const [index, range] of allowedAddresses.entries()) {
    if (!isAddressRange(range)) throw reference(`/allowedAddresses/${index}`, `"${range}" is neither an IP address nor a range of them.`, 'an IPv4 or IPv6 address, or a range in CIDR notation such as 203.0.113.0/24')
  }
}

/** Otherwise whoever gets hold of a client could free it of its limits. */
export function requireUnchanged ({ scopes, allowedAddresses = [] }: Client, body: Limits): void {
  if (!isSame(scopes, body.scopes)) throw reference('/scopes', 'A client cannot change its own scopes; another one of the organisation can.', scopes.join(', '))
  if (!isSame(allowedAddresses, body.allowedAddresses)) throw reference('/allowedAddresses', 'A client cannot change its own addresses; another one of the organisation can.', allowedAddresses.join(', '))
}

export function isSame (some: readonly string[], others: readonly string[]): boolean {
  return [...some].sort().join() === [...others].sort().join()
}

/** True when these addresses are within the binding, or there is none. */
export function isBound (binding: readonly string[], addresses: readonly string[]): boolean {
  return binding.length === 0 || (addresses.length > 0 && addresses.every(range => isRangeWithin(range, binding)))
}

export function requireBound (binding: readonly string[], addresses: readonly string[]): void {
  if (isBound(binding, addresses)) return
  const index = addresses.findIndex(range => !isRangeWithin(range, binding))
  throw reference(index === -1 ? '/allowedAddresses' : `/allowedAddresses/${index}`, 'The client that asks is bound to addresses, so it cannot let another one be used from elsewhere.', `addresses within ${binding.join(', ')}`)
}

export function requireFuture (pointer: string, moment: Date | undefined, at: Date): void {
  if (moment !== undefined && moment <= at) throw reference(pointer, 'The moment has passed already.', 'a time in the future')
}

export function reference (pointer: string, detail: string, expected: string): ExchangeError {
  return new ExchangeError('validation-failed', detail, { issues: [{ code: 'REFERENCE_INVALID', severity: 'error', pointer, detail, expected }] })
}
