// Builds the lab into dist/lab: static files for any host. Usage: node --conditions=ockham-source lab/build.ts
import { build } from "vite";
import { labConfig } from "./vite-config.ts";

// Whatever environment this runs in (test runners set their own), what is built is for readers.
process.env.NODE_ENV = "production";
await build({ ...labConfig(), logLevel: "warn" });
