import { lstat, mkdir } from 'node:fs/promises'

/**
 * Makes a directory that only this user can enter, or checks an existing one: a real directory (no link), owned by this user, with none of
 * the `forbidden` permission bits (0o022: others may not write; 0o077: others may not even enter). Answers false where that fails, for
 * example because another user has taken the name; system errors of mkdir pass through.
 */
export async function claimPrivateDirectory (path: string, forbidden: 0o022 | 0o077): Promise<boolean> {
  await mkdir(path, { recursive: true, mode: 0o700 })
  const found = await lstat(path)
  return found.isDirectory() && found.uid === process.getuid?.() && (found.mode & forbidden) === 0
}
