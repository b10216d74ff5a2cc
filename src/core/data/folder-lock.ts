import { randomUUID } from "node:crypto";
import { mkdir, readFile, rename, stat, unlink, utimes, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** A lock whose owner has shown no sign of life for this long is taken over. */
const silence = 120_000;
const heartbeat = 10_000;

/**
 * Runs `action` while no other call, in this process or another, runs under the same lock file. Waits for its
 * turn; a lock left behind by a process that died is taken over.
 */
export async function withLock<T>(
  path: string,
  signal: AbortSignal | undefined,
  action: () => Promise<T>,
): Promise<T> {
  const token = `${process.pid} ${randomUUID()} ${hostname()}`;
  await mkdir(dirname(path), { recursive: true });
  while (!(await tryLock(path, token))) {
    signal?.throwIfAborted();
    await removeAbandoned(path);
    await sleep(100, undefined, signal ? { signal } : {}).catch((cause) => {
      signal?.throwIfAborted();
      throw cause;
    });
  }
  const beat = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch(() => {});
  }, heartbeat);
  beat.unref();
  try {
    return await action();
  } finally {
    clearInterval(beat);
    if ((await readFile(path, "utf8").catch(() => "")) === token) await unlink(path).catch(() => {});
  }
}

async function tryLock(path: string, token: string): Promise<boolean> {
  try {
    await writeFile(path, token, { flag: "wx" });
    return true;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw cause;
  }
}

async function removeAbandoned(path: string): Promise<void> {
  const owner = await readFile(path, "utf8").catch(() => undefined);
  const age = await stat(path).then(
    (stats) => Date.now() - stats.mtimeMs,
    () => 0,
  );
  if (owner === undefined) return;
  const [pid, , host] = owner.split(" ");
  // An empty lock is one whose owner is just writing it, or died in that moment.
  const abandoned =
    age > silence || (owner === "" ? age > 5_000 : host === hostname() && !isAlive(Number(pid)));
  if (!abandoned) return;
  // Renamed first: of several waiting processes one gets it, and a fresh lock taken in between is given back.
  const grave = `${path}.${randomUUID()}`;
  try {
    await rename(path, grave);
  } catch {
    return;
  }
  const buried = await readFile(grave, "utf8").catch(() => owner);
  if (buried !== owner) await tryLock(path, buried);
  await unlink(grave).catch(() => {});
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code === "EPERM";
  }
}
