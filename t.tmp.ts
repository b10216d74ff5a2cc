import { characterModel, novel, perplexityOf } from "./papers/character-model.ts";
import { linearLayers, modelSize } from "ockham/compression";
const call={signal:new AbortController().signal, onProgress:(p:any)=>{ if(Math.random()<0.03) console.log(p.done,p.total,p.stage)}};
const n=await novel(call); console.time("train"); const m=await characterModel(n,call); console.timeEnd("train");
const q=m(8); console.log(linearLayers(q).layers.map(l=>l.name+" "+l.weight.shape).join("\n"), JSON.stringify(linearLayers(q).unsupported), JSON.stringify(modelSize(q)), n.alphabet.length);
console.time("p"); console.log(await perplexityOf(q,8,n.test,200,call.signal)); console.timeEnd("p");
