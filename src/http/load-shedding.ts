/**
 * Refuses work before the process suffers: when the event loop is late, when the heap is nearly full, and when the bodies
 * being worked on take more memory than they may. The answer is 503 with `Retry-After`; probes are answered all the same.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { getHeapStatistics } from 'node:v8'
import type { FastifyInstance } from 'fastify'
import type { Logger } from 'pino'
import { ExchangeError } from '../domain/problems.js'
import type { Metrics, ShedCause } from './metrics.js'

export interface PressureLimits {
  /** Mean delay of the event loop, over two seconds in a row (milliseconds); 0: neither it nor the heap is watched. */
  readonly eventLoopDelayMs: number
  /** Bytes of large bodies in memory at one time, before parsing. */
  readonly bodyBytes: number
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Answered however busy the process is. */
    underPressure?: 'answered'
  }
}

/** Above this share of the heap's limit the garbage collector gets most of the time. */
const HEAP_SHARE = 0.9

const SAMPLE_MS = 1_000

/** Between two lines of the log about one cause (milliseconds): whoever is overloaded must not write a line per request. */
const LOG_EVERY_MS = 10_000

/** Resolution of the delay (milliseconds). */
const RESOLUTION_MS = 10

/** Told of each refusal: what was over which limit, by its setting. */
type Shed = (cause: ShedCause, over: { setting: string, limit: number, measured: number }) => void

/** @param parts.monotonicMs a clock that is never set back */
export function addLoadShedding (
  app: FastifyInstance, { eventLoopDelayMs, bodyBytes }: PressureLimits, parts: { metrics: Pick<Metrics, 'shed'>, logger: Pick<Logger, 'warn'>, monotonicMs: () => number }
): void {
  const shed = reportShedding(parts)
  if (eventLoopDelayMs > 0) shedWhenLate(app, eventLoopDelayMs, shed)
  boundBodies(app, bodyBytes, shed)
  app.server.on('drop', () => { shed('connections', { setting: 'MAX_CONNECTIONS', limit: app.server.maxConnections, measured: app.server.maxConnections + 1 }) })
}

/** Counts every refusal, and logs the first of each cause and then one in {@link LOG_EVERY_MS}, with how many there were. */
function reportShedding ({ metrics, logger, monotonicMs }: Parameters<typeof addLoadShedding>[2]): Shed {
  const reports = new Map<ShedCause, { loggedAt: number, refused: number }>()
  return (cause, over) => {
    metrics.shed(cause)
    const report = reports.get(cause) ?? { loggedAt: -Infinity, refused: 0 }
    reports.set(cause, report)
    report.refused += 1
    const now = monotonicMs()
    if (now - report.loggedAt < LOG_EVERY_MS) return
    logger.warn({ cause, ...over, refused: report.refused }, 'Requests are refused, because the process has more work than it can do')
    report.loggedAt = now
    report.refused = 0
  }
}

/**
 * One long pause, such as a start or a collection of garbage, is over when it is noticed; only a process that is late for two
 * samples in a row has more work than it can do.
 */
function shedWhenLate (app: FastifyInstance, limitMs: number, shed: Shed): void {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  const heapLimit = getHeapStatistics().heap_size_limit * HEAP_SHARE
  let meanMs = 0
  let lateSamples = 0
  let heapUsed = 0
  const timer = setInterval(() => {
    // Without a sample nothing is known, and nothing was late.
    meanMs = delay.count === 0 ? 0 : delay.mean / 1e6 - RESOLUTION_MS
    lateSamples = meanMs > limitMs ? lateSamples + 1 : 0
    heapUsed = process.memoryUsage().heapUsed
    delay.reset()
  }, SAMPLE_MS).unref()
  app.addHook('onReady', done => {
    delay.enable()
    done()
  })
  app.addHook('onClose', async () => {
    clearInterval(timer)
    delay.disable()
  })
  app.addHook('onRequest', (request, _reply, done) => {
    const isLate = lateSamples >= 2
    if (!isLate && heapUsed <= heapLimit) return done()
    if (request.routeOptions.config.underPressure === 'answered') return done()
    if (isLate) shed('event-loop', { setting: 'EVENT_LOOP_DELAY_LIMIT', limit: limitMs, measured: Math.round(meanMs) })
    else shed('heap', { setting: '--max-old-space-size', limit: Math.floor(heapLimit), measured: heapUsed })
    done(busy('The process has more work than it can do in time.'))
  })
}

/** Bodies up to this are not counted: they are few bytes for each connection, and most requests have none larger. */
const SMALL_BODY = 65_536

/**
 * A large body is counted with its announced length, or with the operation's limit where the length says nothing, from before
 * its first byte is read until the answer is sent. Files that are streamed are not held in memory and not counted.
 */
function boundBodies (app: FastifyInstance, mostBytes: number, shed: Shed): void {
  let held = 0
  app.addHook('preParsing', (request, reply, payload, done) => {
    const { 'content-length': length, 'content-encoding': encoding, 'transfer-encoding': transfer } = request.headers
    if (length === undefined && transfer === undefined) return done(null, payload)
    const announced = length === undefined || encoding !== undefined ? Infinity : Number(length)
    if (announced <= SMALL_BODY) return done(null, payload)
    const { bodyLimit, config } = request.routeOptions
    const bytes = Math.min(announced, bodyLimit)
    if (bytes <= SMALL_BODY || config.streamedBody === true) return done(null, payload)
    if (held + bytes > mostBytes) {
      payload.resume()
      shed('bodies', { setting: 'BODY_MEMORY_MB', limit: mostBytes, measured: held + bytes })
      return done(busy('The bodies of other requests fill the memory for them.'))
    }
    held += bytes
    reply.raw.once('close', () => { held -= bytes })
    done(null, payload)
  })
}

function busy (detail: string): ExchangeError {
  return new ExchangeError('unavailable', `${detail} Nothing was done; repeating the request is safe.`, { retryAfterSeconds: 2 })
}
