import { existsSync, readFileSync } from "node:fs";

const root = new URL("../../", import.meta.url);

/** The public subpaths of package.json that exist: "graph", "sparse", ...; "" is the package itself. */
export function publicSubpaths(): string[] {
  const { exports } = JSON.parse(readFileSync(new URL("package.json", root), "utf8")) as {
    exports: Record<string, string | { "ockham-source": string }>;
  };
  return Object.entries(exports).flatMap(([subpath, entry]) =>
    typeof entry !== "string" && existsSync(new URL(entry["ockham-source"], root))
      ? [subpath.replace(/^\.\/?/, "")]
      : [],
  );
}

/** Names and values of the functions and classes that a subpath exports. */
export async function exportedFunctions(
  subpath: string,
): Promise<Record<string, (...args: unknown[]) => unknown>> {
  const module = (await import(subpath === "" ? "ockham" : `ockham/${subpath}`)) as Record<string, unknown>;
  const functions = Object.entries(module).filter(([, value]) => typeof value === "function");
  return Object.fromEntries(functions) as Record<string, (...args: unknown[]) => unknown>;
}
