// Serves the lab from its sources, with changes as they are made. Usage: node --conditions=ockham-source lab/dev.ts
import { createServer } from "vite";
import { labConfig } from "./vite-config.ts";

const server = await createServer(labConfig());
await server.listen();
server.printUrls();
