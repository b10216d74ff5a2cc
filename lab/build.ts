// Builds the lab into dist/lab: static files for any host. Usage: node --conditions=ockham-source lab/build.ts
import { build } from "vite";
import { labConfig } from "./vite-config.ts";

await build({ ...labConfig(), logLevel: "warn" });
