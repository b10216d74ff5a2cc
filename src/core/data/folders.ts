import { homedir } from "node:os";
import { join, resolve } from "node:path";

/**
 * Where data sets are kept: `OCKHAM_CACHE`, otherwise the platform's folder for caches (Linux:
 * `$XDG_CACHE_HOME/ockham` or `~/.cache/ockham`; macOS: `~/Library/Caches/ockham`; Windows:
 * `%LOCALAPPDATA%\ockham\Cache`).
 */
export function cacheFolder(): string {
  const chosen = process.env.OCKHAM_CACHE;
  if (chosen) return resolve(chosen);
  if (process.platform === "darwin") return join(homedir(), "Library", "Caches", "ockham");
  if (process.platform === "win32")
    return join(process.env.LOCALAPPDATA || join(homedir(), "AppData", "Local"), "ockham", "Cache");
  return join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "ockham");
}

/** Folder with official files that a person put there: `OCKHAM_DATA_DIR`, if set. */
export function dataFolder(): string | undefined {
  const chosen = process.env.OCKHAM_DATA_DIR;
  return chosen ? resolve(chosen) : undefined;
}
