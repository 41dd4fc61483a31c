package io.aiwm.testing;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

/**
 * A server as vLLM in its development mode is one: {@code /sleep}, {@code /wake_up}, {@code /is_sleeping}, {@code /health} and chat
 * completions, which it answers with its name. At {@code /held} it says how many bytes of its GPU it has, and how often it was asked
 * what while it slept. It has no GPU.
 */
public final class FakeVllm {
    public static final int PORT = 8_000;

    /**
     * {@code HELD} bytes while it is awake, {@code REST} while it sleeps. {@code STUCK} as one of the paths: that is answered with
     * 500 and does nothing. {@code UNWELL}: while it sleeps its health is bad.
     */
    private static final String SERVER = """
            let asleep=false,lost=0,sleeps=0,wakes=0;const e=process.env;
            const move=(to,s)=>setTimeout(()=>{if(asleep!==to){asleep=to;to?sleeps++:wakes++}s.end()},+(e.MOVES||50));
            require('http').createServer((q,s)=>{let b='';q.on('data',d=>b+=d);q.on('end',()=>{
            const p=q.url.split('?')[0],say=o=>{s.setHeader('content-type','application/json');s.end(JSON.stringify(o))};
            if(p===e.STUCK){s.statusCode=500;return s.end()}
            if(p==='/health'){if(asleep&&e.UNWELL)s.statusCode=500;return s.end()}
            if(p==='/held')return say({held:+(asleep?e.REST:e.HELD),lost,sleeps,wakes});
            if(p==='/is_sleeping')return say({is_sleeping:asleep});
            if(p==='/sleep'&&q.method==='POST')return move(true,s);
            if(p==='/wake_up'&&q.method==='POST')return move(false,s);
            if(p==='/v1/models')return say({object:'list',data:[{id:e.SAYS}]});
            if(p!=='/v1/chat/completions'){s.statusCode=404;return say({path:q.url})}
            if(asleep){lost++;s.statusCode=500;return say({error:{message:'asleep'}})}
            let m=0;try{m=JSON.parse(b).max_tokens||0}catch(x){}
            setTimeout(()=>say({id:'x',object:'chat.completion',choices:[{index:0,finish_reason:'stop',
            message:{role:'assistant',content:e.SAYS}}],usage:{prompt_tokens:1,completion_tokens:1,total_tokens:2}}),m)
            })}).listen({port:8000});process.on('SIGTERM',()=>process.exit(0))
            """.replace("\n", "");

    private FakeVllm() {}

    /** A body; it says its name. @param gpuBytes of its GPU while it is awake. @param restBytes the same while it sleeps */
    public static JsonObject deployment(String name, long gpuBytes, long restBytes, JsonObject autoscale) {
        return new JsonObject()
                .put("name", name)
                .put("replicas", 0)
                .put("autoscale", autoscale)
                .put(
                        "engine",
                        new JsonObject()
                                .put("type", "custom")
                                .put("port", PORT)
                                .put("parallel", 4)
                                .put("sleepMode", true)
                                .put("sleepGpuMemoryBytes", restBytes))
                .put(
                        "requirements",
                        new JsonObject()
                                .put("gpus", new JsonObject().put("count", 1).put("memoryBytes", gpuBytes)))
                .put(
                        "spec",
                        container()
                                .put(
                                        "env",
                                        new JsonObject()
                                                .put("SAYS", name)
                                                .put("HELD", "" + gpuBytes)
                                                .put("REST", "" + restBytes)));
    }

    /** Its container, with probes as those of vLLM, looked at more often. */
    public static JsonObject container() {
        var look = new JsonObject()
                .put("http", new JsonObject().put("port", PORT).put("path", "/health"))
                .put("periodMs", 200);
        return new JsonObject()
                .put("image", LlamaImage.tag())
                .put("pullPolicy", "never")
                .put("restartPolicy", "unless-stopped")
                .put("entrypoint", new JsonArray().add("/usr/bin/node"))
                .put("command", new JsonArray().add("-e").add(SERVER))
                .put("ports", new JsonArray().add(new JsonObject().put("containerPort", PORT)))
                .put(
                        "probes",
                        new JsonObject()
                                .put("readiness", look)
                                .put("liveness", look.copy().put("failureThreshold", 3)));
    }
}
