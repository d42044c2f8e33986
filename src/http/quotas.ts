/**
 * Rate limits per credential and per organisation, told to the client in the headers of draft-ietf-httpapi-ratelimit-headers.
 *
 * An operation costs one unit of its policy, `read` or `write`, unless its route says otherwise: `config.quota` names another
 * policy or a fixed number of units, `config.unitsIn` the list in the body whose entries count one unit each. An answer 304
 * costs nothing. Public operations are not counted.
 */
import type { FastifyInstance, FastifyReply, onRequestHookHandler, onSendHookHandler, preHandlerHookHandler, RouteOptions } from 'fastify'
import { ExchangeError } from '../domain/problems.js'
import { createQuotaWindows, WINDOW_SECONDS, type QuotaWindow, type QuotaWindows } from './quota-windows.js'

const QUOTA_POLICIES = ['read', 'write', 'import'] as const
type QuotaPolicy = typeof QUOTA_POLICIES[number]

export interface QuotaLimits {
  /** Units per minute and credential; 0: no limit. */
  readonly perCredential: Readonly<Record<QuotaPolicy, number>>
  /** An organisation may use this many times what one of its credentials may use. */
  readonly organizationFactor: number
}

declare module 'fastify' {
  interface FastifyContextConfig {
    quota?: { policy?: QuotaPolicy, units?: number }
    /** Member of the body whose entries count one unit each. */
    unitsIn?: string
  }
  interface FastifyRequest {
    /** What the request was charged with; null when it is not counted. */
    charge: Charge | null
  }
}

interface Charge {
  meter: Meter
  credential: QuotaWindow
  organization: QuotaWindow
  units: number
}

/** The counters of one policy. */
interface Meter {
  policy: QuotaPolicy
  perCredential: number
  perOrganization: number
  credentials: QuotaWindows
  organizations: QuotaWindows
  /** Values of `RateLimit-Policy`. */
  credentialHeader: string
  organizationHeader: string
}

/** Counts the requests of all routes that are registered afterwards; after `addAuthentication`. */
export function addQuotas (app: FastifyInstance, limits: QuotaLimits, monotonicMs: () => number): void {
  const meters = new Map(QUOTA_POLICIES.flatMap(policy => {
    const meter = createMeter(policy, limits, monotonicMs)
    return meter === undefined ? [] : [[policy, meter] as const]
  }))
  app.decorateRequest('charge', null)

  app.addHook('onRoute', route => {
    const { config } = route
    if (config?.policy === undefined || config.policy === 'public') return
    const meter = meters.get(config.quota?.policy ?? defaultPolicy(route))
    if (meter === undefined) return
    route.onRequest = [...listOf(route.onRequest), chargeRequest(meter, config.quota?.units ?? 1)]
    route.onSend = [...listOf(route.onSend), tellCharge]
    if (config.unitsIn !== undefined) route.preHandler = [...listOf(route.preHandler), chargeEntries(config.unitsIn)]
  })
}

/** Gives back what the request was charged with: a conditional read that finds nothing new is free. */
export function refundCharge (reply: FastifyReply): void {
  const { charge } = reply.request
  if (charge === null || charge === undefined) return
  charge.credential.used -= charge.units
  charge.organization.used -= charge.units
  charge.units = 0
}

function createMeter (policy: QuotaPolicy, { perCredential, organizationFactor }: QuotaLimits, monotonicMs: () => number): Meter | undefined {
  const limit = perCredential[policy]
  if (limit === 0) return undefined
  return {
    policy,
    perCredential: limit,
    perOrganization: limit * organizationFactor,
    credentials: createQuotaWindows(monotonicMs),
    organizations: createQuotaWindows(monotonicMs),
    credentialHeader: `"${policy}";q=${limit};w=${WINDOW_SECONDS}`,
    organizationHeader: `"${policy}-organization";q=${limit * organizationFactor};w=${WINDOW_SECONDS}`
  }
}

function defaultPolicy ({ method, config }: RouteOptions): QuotaPolicy {
  if (method === 'GET' || method === 'HEAD') return 'read'
  return config?.policy?.endsWith(':read') === true ? 'read' : 'write'
}

function chargeRequest (meter: Meter, units: number): onRequestHookHandler {
  return (request, _reply, done) => {
    const { clientId, organizationId } = request.caller
    const charge = { meter, credential: meter.credentials.open(clientId), organization: meter.organizations.open(organizationId), units: 0 }
    request.charge = charge
    done(take(charge, units))
  }
}

function chargeEntries (member: string): preHandlerHookHandler {
  return (request, _reply, done) => {
    const entries = (request.body as Record<string, unknown> | undefined)?.[member]
    // The first entry is paid for by the request itself.
    const units = Array.isArray(entries) ? entries.length - 1 : 0
    done(request.charge === null || units <= 0 ? undefined : take(request.charge, units))
  }
}

/** Charges the units if both quotas have them; a request that is larger than a whole quota needs all of it. */
function take (charge: Charge, wanted: number): ExchangeError | undefined {
  const { meter, credential, organization } = charge
  const units = Math.min(wanted, meter.perCredential - charge.units, meter.perOrganization - charge.units)
  const isOrganization = organization.used + units > meter.perOrganization
  const isRefused = isOrganization || credential.used + units > meter.perCredential
  if (!isRefused) {
    charge.units += units
    credential.used += units
    organization.used += units
    return undefined
  }
  const whose = isOrganization ? `your organisation (${meter.perOrganization} units per minute for "${meter.policy}")` : `this credential (${meter.perCredential} units per minute for "${meter.policy}")`
  return new ExchangeError('rate-limited', `The quota of ${whose} does not have the ${units} unit${units === 1 ? '' : 's'} that this request needs.`, {
    retryAfterSeconds: meter.credentials.secondsLeft(isOrganization ? organization : credential)
  })
}

const tellCharge: onSendHookHandler = ({ charge }, reply, payload, done) => {
  if (charge !== null) tell(reply, charge)
  done(null, payload)
}

/** Of the two quotas, the headers tell the one that ends first: as it is now, which may be a minute after the request came. */
function tell (reply: FastifyReply, { meter, ...charged }: Charge): void {
  const credential = meter.credentials.current(charged.credential)
  const organization = meter.organizations.current(charged.organization)
  const left = meter.perCredential - credential.used
  const leftOfOrganization = meter.perOrganization - organization.used
  if (left <= leftOfOrganization) {
    reply.header('ratelimit-policy', meter.credentialHeader)
    reply.header('ratelimit', `"${meter.policy}";r=${left};t=${meter.credentials.secondsLeft(credential)}`)
  } else {
    reply.header('ratelimit-policy', meter.organizationHeader)
    reply.header('ratelimit', `"${meter.policy}-organization";r=${leftOfOrganization};t=${meter.organizations.secondsLeft(organization)}`)
  }
}

function listOf<T> (hooks: T | T[] | undefined): T[] {
  return hooks === undefined ? [] : [hooks].flat() as T[]
}

/** What the limits are, by name, as `/v1/me` tells them; limits that are off are left out. */
export function describeLimits ({ perCredential, organizationFactor }: QuotaLimits): Record<string, number> {
  return Object.fromEntries(QUOTA_POLICIES.filter(policy => perCredential[policy] > 0).flatMap(policy => [
    [`${policy}PerMinute`, perCredential[policy]],
    [`${policy}PerMinuteOfOrganization`, perCredential[policy] * organizationFactor]
  ]))
}
