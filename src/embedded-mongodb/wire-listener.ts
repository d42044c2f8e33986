import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import type { NativeEngine } from './native-engine.js'
import { commandNotFound, createMessageReader, readRequest, replyHeader, type Request } from './wire-message.js'

/**
 * Commands that end the engine's process with a native fault (sessions), or change or block the whole engine under its supervisor.
 * Drivers do without them: the engine's handshake announces no sessions.
 */
const REFUSED_COMMANDS = new Set([
  'startSession', 'endSessions', 'refreshSessions', 'killSessions', 'killAllSessions', 'killAllSessionsByPattern',
  'fsync', 'fsyncUnlock', 'setParameter', 'wiredTigerRepair'
].map(name => name.toLowerCase()))

/** The only commands that today's MongoDB accepts in the old frame; the others could be used to go round the list above. */
const LEGACY_COMMANDS = new Set(['hello', 'ismaster'])

export interface WireListener {
  /** Ends all connections and stops listening. A command in progress goes on in the engine; its reply is dropped. */
  close (): Promise<void>
}

/**
 * Serves an engine on a Unix socket. Requests of one connection are answered in their order, those of different connections side by side.
 * Neither a client that sends without waiting nor one that does not read its replies makes the process buffer more than one message.
 */
export async function listen (engine: Pick<NativeEngine, 'roundTrip'>, socketPath: string,
  onProtocolError: (error: Error) => void): Promise<WireListener> {
  const sockets = new Set<Socket>()
  const server = createServer(socket => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    serve(engine, socket, onProtocolError)
  })
  server.listen(socketPath)
  await once(server, 'listening')

  return {
    async close () {
      const closed = new Promise<void>(resolve => server.close(() => resolve()))
      for (const socket of sockets) socket.destroy()
      await closed
    }
  }
}

function serve (engine: Pick<NativeEngine, 'roundTrip'>, socket: Socket, onProtocolError: (error: Error) => void): void {
  const reader = createMessageReader()
  let busy = false
  let replies = 0

  async function answerAll (): Promise<void> {
    busy = true
    for (let message = reader.next(); message !== undefined && !socket.destroyed; message = reader.next()) await answer(message)
    busy = false
    socket.resume()
  }

  async function answer (message: Buffer): Promise<void> {
    const request = readRequest(message)
    if (isRefused(request)) return await reply(request.requestId, commandNotFound(request.command), request.legacy)
    const { requestId, moreToCome, legacy, response } = await engine.roundTrip(message)
    if (!moreToCome) await reply(requestId, response, legacy)
  }

  async function reply (responseTo: number, document: Buffer, legacy: boolean): Promise<void> {
    if (socket.destroyed) return
    replies = (replies + 1) & 0x7fffffff
    socket.cork()
    socket.write(replyHeader(replies, responseTo, document, legacy))
    const flushed = socket.write(document)
    socket.uncork()
    if (!flushed) await drained(socket)
  }

  /** What a MongoDB server does as well: a connection that can't be understood or answered is closed. */
  function giveUp (error: Error): void {
    onProtocolError(error)
    socket.destroy()
  }

  socket.on('data', chunk => {
    reader.push(chunk)
    if (busy) socket.pause()
    else answerAll().catch(giveUp)
  })
  // A client may vanish at any time; 'close' follows, and there is nothing else to do.
  socket.on('error', () => {})
}

function isRefused ({ command, legacy }: Request): boolean {
  const name = command.toLowerCase()
  return REFUSED_COMMANDS.has(name) || (legacy && !LEGACY_COMMANDS.has(name))
}

function drained (socket: Socket): Promise<void> {
  return new Promise(resolve => {
    const done = (): void => {
      socket.off('drain', done)
      socket.off('close', done)
      resolve()
    }
    socket.on('drain', done)
    socket.on('close', done)
  })
}
