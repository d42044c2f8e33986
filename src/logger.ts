/** The log: JSON lines for machines, coloured lines when a person sits at the terminal. Credentials never get into it. */
import pino, { type Logger } from 'pino'
import pretty from 'pino-pretty'

/** Wherever these occur in a logged object, their value is replaced. */
const SECRETS = ['authorization', 'x-api-key', 'cookie', 'clientSecret', 'client_secret', 'secret', 'apiKey', 'access_token']

/** What is written and how, wherever it goes. */
export function loggerSettings (options: { logLevel: string }): pino.LoggerOptions {
  return {
    level: options.logLevel,
    redact: { paths: SECRETS.flatMap(name => [`["${name}"]`, `*["${name}"]`, `*.*["${name}"]`]), censor: '[redacted]' },
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime
  }
}

export function createLogger (options: { logLevel: string }): Logger {
  const settings = loggerSettings(options)
  return process.stdout.isTTY ? pino(settings, pretty({ sync: true, translateTime: 'HH:MM:ss', ignore: 'reqId' })) : pino(settings)
}
