/** What the process measures about itself, for Prometheus. Labels are routes, methods and statuses: nothing about tenants. */
import { collectDefaultMetrics, Counter, Histogram, Registry } from 'prom-client'

export type Metrics = ReturnType<typeof createMetrics>

/** Which limit of the process was exceeded. */
export type ShedCause = 'event-loop' | 'heap' | 'bodies' | 'connections'

export function createMetrics () {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const duration = new Histogram({
    name: 'exchange_http_request_duration_seconds',
    help: 'Time from the arrival of a request to the end of its answer, in seconds.',
    labelNames: ['method', 'route'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60],
    registers: [registry]
  })
  registry.registerMetric(new Counter({
    name: 'exchange_http_requests_total',
    help: 'Requests answered, by route and status.',
    labelNames: ['method', 'route', 'status'],
    registers: [],
    collect () {
      this.reset()
      for (const { labels, count } of answered.values()) this.inc(labels, count)
    }
  }))
  const shed = new Counter({
    name: 'exchange_shed_total',
    help: 'Requests and connections refused because the process had too much work, by the limit that was exceeded.',
    labelNames: ['cause'],
    registers: [registry]
  })
  // Resolving labels is the expensive part of an observation, so each combination is resolved once, and counted here until somebody asks.
  const answered = new Map<string, { labels: Record<'method' | 'route' | 'status', string>, duration: Histogram.Internal<'method' | 'route'>, count: number }>()

  return {
    registry,
    /** @param seconds time from arrival to the end of the answer */
    observe (method: string, route: string, status: number, seconds: number): void {
      const key = `${method} ${route} ${status}`
      let answers = answered.get(key)
      if (answers === undefined) {
        answers = { labels: { method, route, status: String(status) }, duration: duration.labels(method, route), count: 0 }
        answered.set(key, answers)
      }
      answers.duration.observe(seconds)
      answers.count += 1
    },

    shed (cause: ShedCause): void {
      shed.inc({ cause })
    }
  }
}
