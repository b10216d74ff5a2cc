import * as c from "ockham/compression";
import { fetchDataset } from "ockham/data";
import * as r from "./papers/lord/reading.ts"; import * as l from "./papers/lord/listening.ts";
const run:any={signal:new AbortController().signal, dataset:(n:string)=>fetchDataset(n)};
const which=process.argv[2];
if(which==="vad"){
 const m=await l.loadListener(run); const cal=await l.hear(m, await l.speech(run,"first"),run.signal); const test=await l.speech(run,"second"); const ref=(await l.hear(m,test,run.signal)).speech;
 console.log("frames",cal.feeds.length,ref.length,"speech share",ref.filter(x=>x>=.5).length/ref.length, c.modelSize(m).bytes, JSON.stringify(c.linearLayers(m).unsupported));
 for(const rank of [{kind:"energy",threshold:.99},{kind:"energy",threshold:.999},{kind:"energy",threshold:.9999},{kind:"params",keep:.7},{kind:"params",keep:.5},{kind:"params",keep:.35}] as c.RankRule[]) for (const [n,f] of [["lord",()=>c.lordCompress(m,cal.feeds,{rank})],["svd",()=>c.svdCompress(m,{rank, layers:"*then_branch*"})],["asvd",()=>c.asvdCompress(m,cal.feeds,{rank, layers:"*then_branch*"})]] as any){
  const t0=performance.now(); const x=await f(); const t=performance.now()-t0; const h=(await l.hear(x.model,test,run.signal)).speech; let e=0; for(let i=0;i<h.length;i++) e+=Math.abs(h[i]!-ref[i]!);
  console.log(n,JSON.stringify(rank),"agree",l.agreement(h,ref).toFixed(4),"mean abs",(e/h.length).toFixed(4),"bytes",c.modelSize(x.model).bytes, t.toFixed(0)); }
} else {
 const rd=await r.loadReader(run); const R=await r.renderer(); const cal=await r.printedLines(run,R!,32,"calibration"); const test=await r.printedLines(run,R!,40,"test");
 const dense=await r.readingAccuracy(rd.model,rd,test,run.signal); console.log("dense",dense, c.modelSize(rd.model).bytes, cal.lines.slice(0,3));
 for(const rank of [{kind:"energy",threshold:.99},{kind:"energy",threshold:.995},{kind:"energy",threshold:.999},{kind:"params",keep:.75},{kind:"params",keep:.5}] as c.RankRule[]) for (const [n,f] of [["lord",()=>c.lordCompress(rd.model,r.feedsOf(cal),{rank, maxSamples:20000})],["lordseq",()=>c.lordCompress(rd.model,r.feedsOf(cal),{rank, maxSamples:20000,sequential:true})],["svd",()=>c.svdCompress(rd.model,{rank})]] as any){
  if(n==="lordseq" && rank.kind==="params") continue;
  const t0=performance.now(); const x=await f(); const t=performance.now()-t0; console.log(n,JSON.stringify(rank),"acc",(await r.readingAccuracy(x.model,rd,test,run.signal)).toFixed(4),"bytes",c.modelSize(x.model).bytes,t.toFixed(0)); }
}
