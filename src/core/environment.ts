/**
 * What a result was computed with: Node, processor, and the native engines that were in use. Modules that
 * load an engine register it here; a report states it beside the figures.
 */
const describers = new Map<string, () => string | undefined>();

/**
 * Registers a line of {@link environment}. `describe` is called when a report is made and returns
 * undefined while the engine is not in use: `describeEnvironment("lapack", () => loaded?.name)`.
 */
export function describeEnvironment(name: string, describe: () => string | undefined): void {
  describers.set(name, describe);
}

/** The machine and the engines in use, as name and description. Works in Node and in browsers. */
export function environment(): Record<string, string> {
  const facts: Record<string, string> = {};
  if (typeof process !== "undefined" && process.versions?.node !== undefined) {
    const { availableParallelism, cpus } = process.getBuiltinModule("node:os");
    facts.node = process.versions.node;
    facts.platform = `${process.platform} ${process.arch}`;
    facts.cpu = cpus()[0]?.model.trim() || "unknown";
    facts.cores = String(availableParallelism());
  } else {
    facts.browser = navigator.userAgent;
    facts.cores = String(navigator.hardwareConcurrency);
  }
  for (const [name, describe] of describers) {
    const description = describe();
    if (description !== undefined) facts[name] = description;
  }
  return facts;
}
