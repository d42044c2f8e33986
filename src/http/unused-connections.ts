/** Connections that were opened and never used, as browsers and load balancers keep them ready. */
import type { Socket } from 'node:net'
import type { App } from './app-types.js'

/** They are closed with the exchange: to Node they look as if a request was on its way, for which it waits. */
export function closeUnusedConnections (app: App): void {
  const sockets = new Set<Socket>()
  app.server.on('connection', socket => {
    sockets.add(socket)
    socket.once('close', () => { sockets.delete(socket) })
  })
  app.addHook('preClose', done => {
    // A turn later, so that what has arrived is read.
    setImmediate(() => {
      for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy()
      done()
    })
  })
}
