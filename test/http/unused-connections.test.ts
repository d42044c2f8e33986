import { once } from 'node:events'
import { connect } from 'node:net'
import t from 'tap'
import { openTestExchange } from '../support/exchange.js'

t.test('a connection without a request does not keep the exchange from ending', async t => {
  const { app } = await openTestExchange(t)
  const url = new URL(await app.listen({ host: '127.0.0.1', port: 0 }))
  const used = await fetch(new URL('/livez', url))
  t.equal(used.status, 200)
  const socket = connect(Number(url.port), url.hostname)
  t.teardown(() => socket.destroy())
  let received = ''
  socket.setEncoding('utf8').on('data', text => { received += text })
  // Accepted connections come in order, so that the answer to this one says that the other was accepted as well.
  await once(socket, 'connect')
  await fetch(new URL('/livez', url), { headers: { connection: 'close' } })
  const closed = once(socket, 'close')
  await app.close()
  await closed
  t.equal(received, '', 'it is not told that it was too slow')
})
