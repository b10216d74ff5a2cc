import { execFile } from "node:child_process";
import { mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { SourceError } from "./download.ts";

const run = promisify(execFile);

/**
 * Address of a package's tarball, asked from the registry that the user's npm is set up with. Throws when npm
 * or the registry does not answer.
 */
export async function tarballUrl(specifier: string, signal: AbortSignal | undefined): Promise<string> {
  const { name, version } = parts(specifier);
  const registry = await registryUrl(signal);
  const timeout = AbortSignal.timeout(20_000);
  const response = await fetch(`${registry.replace(/\/$/, "")}/${name.replace("/", "%2f")}/${version}`, {
    signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
  });
  if (!response.ok) throw new SourceError(`the registry answered ${response.status} ${response.statusText}`);
  const { dist } = (await response.json()) as { dist?: { tarball?: unknown } };
  if (typeof dist?.tarball !== "string") throw new SourceError("the registry's answer names no tarball");
  return dist.tarball;
}

/** Lets npm itself fetch the tarball, with the user's registry, proxy, certificates and credentials. */
export async function packWithNpm(
  specifier: string,
  target: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const folder = await mkdtemp(join(dirname(target), ".pack-"));
  try {
    // The folder's name goes through the environment: on Windows arguments pass a shell. One quick retry, for
    // npm's own rhythm would keep a person without a network waiting for minutes.
    await npm(["pack", specifier], signal, {
      npm_config_pack_destination: folder,
      npm_config_ignore_scripts: "true",
      npm_config_loglevel: "error",
      npm_config_fetch_retries: "1",
      npm_config_fetch_retry_mintimeout: "500",
      npm_config_fetch_retry_maxtimeout: "500",
    });
    const [tarball] = await readdir(folder);
    if (tarball === undefined) throw new SourceError("npm pack made no file");
    await rename(join(folder, tarball), target);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function registryUrl(signal: AbortSignal | undefined): Promise<string> {
  const set = process.env.npm_config_registry;
  if (set) return set;
  const { stdout } = await npm(["config", "get", "registry"], signal);
  const registry = stdout.trim();
  if (!/^https?:\/\//.test(registry)) throw new SourceError(`npm names no registry (${registry})`);
  return registry;
}

async function npm(
  args: readonly string[],
  signal: AbortSignal | undefined,
  settings: Readonly<Record<string, string>> = {},
): Promise<{ stdout: string }> {
  try {
    return await run("npm", args, {
      // On Windows npm is a script, which only a shell can run.
      shell: process.platform === "win32",
      timeout: 600_000,
      ...(signal ? { signal } : {}),
      env: { ...process.env, ...settings },
    });
  } catch (cause) {
    signal?.throwIfAborted();
    const { code, stderr } = cause as { code?: unknown; stderr?: string };
    if (code === "ENOENT") throw new SourceError("npm is not installed", { cause });
    // npm says what went wrong in a line of its own, `npm error code ECONNREFUSED`, amid a page of other text.
    const reason = /^npm (?:error|ERR!) code (\S+)/m.exec(stderr ?? "")?.[1] ?? `exit status ${code}`;
    throw new SourceError(`npm ${args[0]} failed: ${reason}`, { cause });
  }
}

function parts(specifier: string): { name: string; version: string } {
  const at = specifier.lastIndexOf("@");
  return { name: specifier.slice(0, at), version: specifier.slice(at + 1) };
}
