// Installs the dependencies when package-lock.json has changed since the last complete install.
// Plain JavaScript without dependencies: npm runs it on whatever Node the machine has, before anything
// is installed. Output goes to stderr, so that `npm run -s ockham -- ... --json` keeps a clean stdout.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  appendFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const stampFile = join(root, "node_modules", ".ockham-installed");
const lockFolder = join(root, ".ockham-install-lock"); // outside node_modules, which the install deletes
const wanted = createHash("sha256")
  .update(readFileSync(join(root, "package-lock.json")))
  .update(`${process.platform} ${process.arch}`)
  .digest("hex");

const say = (text) => process.stderr.write(`${text}\n`);
const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const installed = () => existsSync(stampFile) && readFileSync(stampFile, "utf8") === wanted;

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}

/**
 * The processes that hold the lock: this script and the npm that it started, which lives on when the script
 * is killed. Empty when the owner has not written them yet, undefined when there is no lock.
 */
function lockOwners() {
  try {
    return readFileSync(join(lockFolder, "pids"), "utf8").split("\n").filter(Boolean).map(Number);
  } catch {
    return existsSync(lockFolder) ? [] : undefined;
  }
}

/** Takes the lock, waiting for a live owner to finish; a lock whose owner died is removed. */
async function takeLock() {
  let told = false;
  for (;;) {
    try {
      mkdirSync(lockFolder);
      writeFileSync(join(lockFolder, "pids"), `${process.pid}\n`);
      return;
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
    }
    const owners = lockOwners();
    if (owners === undefined) continue;
    const abandoned = owners.length === 0 ? ageOfLock() > 10_000 : !owners.some(isAlive);
    if (abandoned) {
      rmSync(lockFolder, { recursive: true, force: true });
      continue;
    }
    if (!told)
      say(`Waiting for another installation of this checkout (process ${owners.join(", ")}) to finish ...`);
    told = true;
    await sleep(200);
  }
}

function ageOfLock() {
  try {
    return Date.now() - statSync(lockFolder).mtimeMs;
  } catch {
    return 0;
  }
}

function install() {
  const npm = process.env.npm_execpath;
  const [command, first] = npm
    ? [process.execPath, [npm]]
    : [process.platform === "win32" ? "npm.cmd" : "npm", []];
  const child = spawn(
    command,
    [...first, "ci", "--no-audit", "--no-fund", "--no-progress", "--engine-strict=false"],
    {
      cwd: root,
      stdio: ["ignore", 2, 2],
      env: {
        ...process.env,
        // onnxruntime-node's install script would download CUDA from outside the npm registry.
        ONNXRUNTIME_NODE_INSTALL: "skip",
        npm_config_loglevel: "error",
      },
    },
  );
  appendFileSync(join(lockFolder, "pids"), `${child.pid}\n`);
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (code, signal) => resolve(signal ? 128 : code));
  });
}

// An install would empty the folder that a link points to, which belongs to another checkout.
const isLinked = lstatSync(join(root, "node_modules"), { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
if (isLinked && !installed())
  say("node_modules is a link, and its folder was installed for another package-lock.json: left as it is.");

if (!isLinked && !installed()) {
  await takeLock();
  let status = 0;
  try {
    // Another process may have finished the same installation while this one waited.
    if (!installed()) {
      say("Installing dependencies (once, about half a minute) ...");
      status = await install();
      if (status === 0) writeFileSync(stampFile, wanted);
      else
        say(`The installation of dependencies failed (npm ci exited with ${status}); run the command again.`);
    }
  } finally {
    rmSync(lockFolder, { recursive: true, force: true });
  }
  process.exit(status);
}
