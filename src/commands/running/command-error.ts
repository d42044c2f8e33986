/** A failure that the person who runs the command can mend; the message says what is wrong and needs no stack. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
}
