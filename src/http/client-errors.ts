/** Requests that are broken below HTTP's own level never reach a route; they get a problem all the same. */
import type { Socket } from 'node:net'
import { PROBLEMS } from '../domain/problems.js'
import { PROBLEM_MEDIA_TYPE } from './problem-details.js'
import { newRequestId } from './request-ids.js'

interface ClientError extends Error {
  code?: string
}

const ANSWERS: Readonly<Record<string, { status: string, detail: string }>> = {
  ERR_HTTP_REQUEST_TIMEOUT: { status: '408 Request Timeout', detail: 'The request did not arrive completely in time.' },
  HPE_HEADER_OVERFLOW: { status: '431 Request Header Fields Too Large', detail: 'The request line and headers are larger than 16 KiB.' }
}

const BROKEN = { status: '400 Bad Request', detail: 'What was received is not an HTTP/1.1 request.' }

export function answerClientError (headers: Readonly<Record<string, string>>) {
  return (error: ClientError, socket: Socket): void => {
    if (error.code === 'ECONNRESET' || socket.destroyed) return
    if (socket.writable) {
      const { status, detail } = ANSWERS[error.code ?? ''] ?? BROKEN
      const { title } = PROBLEMS['malformed-request']
      const body = JSON.stringify({ type: '/errors/malformed-request', title, status: Number.parseInt(status), code: 'malformed-request', detail })
      const lines = Object.entries({
        ...headers,
        'x-request-id': newRequestId(),
        'content-type': PROBLEM_MEDIA_TYPE,
        'content-length': String(Buffer.byteLength(body)),
        connection: 'close'
      })
      socket.write(`HTTP/1.1 ${status}\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body}`)
    }
    socket.destroySoon()
  }
}
