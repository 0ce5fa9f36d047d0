/* SPDX-License-Identifier: MIT */
/*
 * What the official client and receiver make of local-queue. TAP on standard
 * output. The environment tells where the queue is, its credentials, and the
 * destination of tests/integration/queue_destination.c with its log.
 */
import { readFileSync } from "node:fs";
import { webcrypto } from "node:crypto";
import { Client, Receiver } from "@upstash/qstash";

globalThis.crypto ??= webcrypto;

const { QUEUE, DESTINATION, DESTINATION_LOG, QSTASH_TOKEN } = process.env;
const current = process.env.QSTASH_CURRENT_SIGNING_KEY;
const next = process.env.QSTASH_NEXT_SIGNING_KEY;
const client = new Client({ baseUrl: QUEUE, token: QSTASH_TOKEN });
let tests = 0;
let failures = 0;

function ok(condition, name) {
	tests++;
	if (!condition)
		failures++;
	console.log(`${condition ? "ok" : "not ok"} ${tests} - ${name}`);
}

function same(got, wanted, name) {
	const [g, w] = [got, wanted].map((x) => JSON.stringify(x));
	ok(g === w, name);
	if (g !== w)
		console.log(`#  got: ${g}\n# want: ${w}`);
}

/* What a promise is rejected with, or undefined. */
async function rejection(promise) {
	try {
		await promise;
	} catch (error) {
		return error;
	}
}

const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

function requests(path) {
	return readFileSync(DESTINATION_LOG, "utf8").split("\n")
		.filter(Boolean).map((line) => JSON.parse(line))
		.filter((request) => request.path === path);
}

/* The n-th request of the path, waited for. */
async function delivery(path, n = 1) {
	for (let i = 0; i < 200; i++) {
		if (requests(path).length >= n)
			return requests(path)[n - 1];
		await sleep(50);
	}
	throw new Error(`no request ${n} of ${path}`);
}

async function publish() {
	const result = await client.publish({
		url: `${DESTINATION}/plain?a=1&b=%20`,
		body: "olá",
		headers: { "Content-Type": "text/plain", "X-Mine": "yes" },
		method: "PUT",
	});
	ok(/^msg_/.test(result.messageId), "publish gives a message id");
	const got = await delivery("/plain");
	same([got.method, got.body, got.headers["X-Mine"],
	      got.headers["Content-Type"], got.headers["Upstash-Message-Id"]],
	     ["PUT", "olá", "yes", "text/plain", result.messageId],
	     "publish is delivered");
	return got;
}

async function publishJson() {
	const body = { message: "ação", n: 1, list: [1, { a: null }] };
	await client.publishJSON({ url: `${DESTINATION}/json`, body });
	const got = await delivery("/json");
	same([got.method, got.body, got.headers["Content-Type"]],
	     ["POST", JSON.stringify(body), "application/json"],
	     "publishJSON is delivered");
	return got;
}

async function verify(got, url) {
	const signature = got.headers["Upstash-Signature"];
	const receivers = {
		"the current key": [current, next],
		"the next key": ["sig_retired", current],
	};
	for (const [name, keys] of Object.entries(receivers)) {
		const receiver = new Receiver({
			currentSigningKey: keys[0], nextSigningKey: keys[1] });
		same(await receiver.verify({ signature, body: got.body, url }),
		     true, `Receiver verifies ${url} with ${name}`);
	}
	const receiver = new Receiver({
		currentSigningKey: current, nextSigningKey: next });
	ok(await rejection(receiver.verify({ signature, body: got.body + " ", url })),
	   "Receiver refuses another body");
	ok(await rejection(receiver.verify({ signature, body: got.body, url: url + "/" })),
	   "Receiver refuses another URL");
}

async function batch() {
	const results = await client.batchJSON([
		{ url: `${DESTINATION}/b1`, body: { i: 1 }, label: "batch",
		  flowControl: { key: "lane", parallelism: 1, rate: 10, period: "1s" } },
		{ url: `${DESTINATION}/b2`, body: { i: 2 }, deduplicationId: "d" },
		{ url: `${DESTINATION}/b2`, body: { i: 2 }, deduplicationId: "d" },
	]);
	same(results.length, 3, "batchJSON answers in order");
	same([results[1].messageId, results[2].deduplicated],
	     [results[2].messageId, true], "a duplicate is told");
	same((await delivery("/b1")).body, '{"i":1}', "the first is delivered");
	same((await delivery("/b2")).body, '{"i":2}', "the second is delivered");
	await verify(await delivery("/b1"), `${DESTINATION}/b1`);
}

async function rawBatch() {
	const results = await client.batch([
		{ url: `${DESTINATION}/r1`, body: "não é JSON",
		  headers: { "Content-Type": "text/plain" } },
		{ url: `${DESTINATION}/r2`, method: "GET" },
	]);
	const [first, second] = [await delivery("/r1"), await delivery("/r2")];
	same([first, second].map((r) => r.headers["Upstash-Message-Id"]),
	     results.map((r) => r.messageId), "batch answers in order");
	same([first.body, first.headers["Content-Type"], second.method],
	     ["não é JSON", "text/plain", "GET"], "bodies as they are");
}

async function messages() {
	const { messageId } = await client.publishJSON({
		url: `${DESTINATION}/later`, body: { a: "é" }, delay: 3600,
		retries: 2, timeout: 30, label: ["one", "two"],
		headers: { "Test-Header": "v" },
		retryDelay: "1000 * (1 + retried)",
		failureCallback: `${DESTINATION}/failed`,
		flowControl: { key: "k", parallelism: 2, rate: 3, period: 60 },
	});
	const message = await client.messages.get(messageId);
	same([message.messageId, message.url, message.body, message.method,
	      message.maxRetries, message.label, message.failureCallback,
	      message.header["Test-Header"], message.flowControlKey,
	      message.parallelism, message.rate, message.period,
	      message.retryDelayExpression],
	     [messageId, `${DESTINATION}/later`, '{"a":"é"}', "POST", 2, "one",
	      `${DESTINATION}/failed`, ["v"], "k", 2, 3, 60,
	      "1000 * (1 + retried)"],
	     "messages.get");
	ok(Math.abs(message.notBefore - message.createdAt - 3600000) < 2000,
	   "with its time");
	await client.messages.delete(messageId);
	same((await rejection(client.messages.get(messageId)))?.status, 404,
	     "messages.delete");
	for (const label of ["mine", "mine", "other"])
		await client.publish({ url: `${DESTINATION}/later`, delay: 3600, label });
	const cancelled = await client.messages.cancel({ filter: { label: "mine" } });
	same(cancelled.cancelled, 2, "messages.cancel by label");
}

async function dlq() {
	const { messageId } = await client.publishJSON({
		url: `${DESTINATION}/dead?status=500`, body: { x: 1 },
		retries: 0, label: "dead" });
	let page = { messages: [] };
	for (let i = 0; i < 200 && !page.messages.length; i++) {
		page = await client.dlq.listMessages({ filter: { label: "dead" } });
		await sleep(50);
	}
	same(page.messages.map((m) => [m.messageId, m.responseStatus,
			m.responseBody, m.body, typeof m.dlqId]),
	     [[messageId, 500, "said no", '{"x":1}', "string"]],
	     "dlq.listMessages");
	same(page.cursor, undefined, "the last page has no cursor");
}

async function refusals() {
	const loopback = await rejection(client.publish({ url: "http://127.0.0.1:1/" }));
	ok(loopback?.status === 400 && loopback.message.includes("loopback"),
	   "a refused destination is the client's error");
	const far = await rejection(client.publish({
		url: `${DESTINATION}/far`, delay: 700000 }));
	ok(far?.message.includes("quota maxDelay exceeded, current limit: 604800"),
	   "a quota is told in the vendor's words");
	const stranger = new Client({ baseUrl: QUEUE, token: "wrong", retry: false });
	same((await rejection(stranger.publish({ url: `${DESTINATION}/x` })))?.status,
	     401, "a wrong token");
	const keys = await client.http.request({ path: ["v2", "keys"] });
	same(keys, { current, next }, "GET /v2/keys");
}

/* Waits until check gives something true, and gives that. */
async function until(check, name) {
	for (let i = 0; i < 200; i++) {
		const got = await check();
		if (got)
			return got;
		await sleep(50);
	}
	throw new Error(`in vain: ${name}`);
}

async function logs() {
	const { messageId } = await client.publishJSON({
		url: `${DESTINATION}/logged?status=500`, body: { l: 1 }, retries: 1,
		retryDelay: "300", label: "logged" });
	const wanted = ["CREATED", "ACTIVE", "ERROR", "RETRY", "ACTIVE",
			"ERROR", "FAILED"];
	const page = await until(async () => {
		const got = await client.logs({ filter: { messageId } });
		return got.logs.length >= wanted.length && got;
	}, "logs");
	same(page.logs.map((l) => l.state).reverse(), wanted,
	     "logs: the states in order");
	const retry = page.logs.find((l) => l.state === "RETRY");
	ok(Math.abs(retry.nextDeliveryTime - retry.time - 300) < 100,
	   "a retry tells its time");
	const [first, second] = [await delivery("/logged"), await delivery("/logged", 2)];
	const gap = second.at_ms - first.at_ms;
	ok(gap >= 300 && gap < 3000, `and keeps it (${gap} ms)`);
	const small = await client.logs({ count: 2, filter: { label: "logged" } });
	const more = await client.logs({ cursor: small.cursor,
		filter: { label: "logged", state: ["CREATED", "RETRY"] } });
	same([small.logs.length, more.logs.map((l) => l.state)],
	     [2, ["RETRY", "CREATED"]], "logs by pages, labels and states");
	same((await client.logs({ messageIds: [messageId] })).logs.length,
	     wanted.length, "logs by ids");
	same((await client.events({ filter: { messageId } })).events
			.map((e) => e.state).reverse(),
	     wanted, "events are the same");
	ok((await rejection(client.logs({ filter: { lable: "x" } })))?.status === 400,
	   "a misspelled filter is refused");
}

async function cancels() {
	const later = async (path, more = {}) => (await client.publish({
		url: `${DESTINATION}${path}`, delay: 3600, ...more })).messageId;
	const ids = [await later("/c1"), await later("/c2"), await later("/c3")];
	same(await client.messages.cancel(ids[0]), { cancelled: 1 }, "cancel one");
	same(await client.messages.cancel(ids), { cancelled: 2 }, "cancel ids");
	same(await client.messages.deleteMany([ids[0]]), 0, "deleteMany");
	await later("/c4", { label: "a" });
	await later("/c4?x=1,2", { label: "b",
		flowControl: { key: "cancel", rate: 1 } });
	const n = async (filter) =>
		(await client.messages.cancel({ filter })).cancelled;
	same([await n({ label: ["a", "b"], flowControlKey: "none" }),
	      await n({ url: `${DESTINATION}/c4?x=1,2`, flowControlKey: "cancel" }),
	      await n({ label: "a", fromDate: Date.now() + 60000 }),
	      await n({ label: ["none", "a"], toDate: new Date() })],
	     [0, 1, 0, 1], "cancel by filters");
	same((await rejection(client.messages.cancel({ all: true })))?.status, 400,
	     "cancelling everything needs a switch of the server's");
	same((await rejection(client.messages.deleteAll()))?.status, 400,
	     "deleteAll likewise");
}

/* The dead letters of the label, once there are n. */
async function deadOf(label, n) {
	return until(async () => {
		const got = await client.dlq.listMessages({ filter: { label } });
		return got.messages.length === n && got.messages;
	}, `dead letters of ${label}`);
}

async function makeDead(label, n) {
	for (let i = 1; i <= n; i++)
		await client.publish({ url: `${DESTINATION}/${label}${i}?status=500`,
			body: `${i}`, retries: 0, label });
	return deadOf(label, n);
}

async function deadLetters() {
	const filter = { label: "dlq" };
	const all = await makeDead("dlq", 3);
	const page = await client.dlq.listMessages({ filter, count: 2 });
	const rest = await client.dlq.listMessages({ filter, cursor: page.cursor });
	same([page.messages.length, rest.messages.length, rest.cursor],
	     [2, 1, undefined], "dlq by pages");
	const { dlqId } = all[0];
	same((await client.dlq.listMessages({ dlqIds: [dlqId] })).messages.length,
	     1, "dlq by ids");
	const revived = await client.dlq.retry(dlqId);
	ok(/^msg_/.test(revived.responses[0].messageId), "dlq.retry");
	same((await delivery(new URL(all[0].url).pathname, 2)).body, all[0].body,
	     "which is delivered as it was");
	same(await client.dlq.delete(all[1].dlqId), { deleted: 1 }, "dlq.delete one");
	same((await client.dlq.delete([all[2].dlqId])).deleted, 1, "dlq.delete ids");
	await until(async () =>
		(await client.dlq.listMessages({ filter })).messages.length, "death");
	same((await client.dlq.delete({ filter })).deleted, 1, "dlq.delete by filter");
	same((await client.dlq.retry({ filter })).responses, [], "dlq.retry of none");
}

async function manyDeadLetters() {
	const { dlq } = client;
	const ids = (await makeDead("many", 6)).map((m) => m.dlqId);
	const revived = [await dlq.retry([ids[0], ids[1]]),
			 await dlq.retry({ dlqIds: [ids[2]] })];
	same(revived.map((r) => r.responses.length), [2, 1], "dlq.retry ids");
	const again = (await deadOf("many", 6)).map((m) => m.dlqId);
	same((await dlq.deleteMany({ dlqIds: [again[0]] })).deleted, 1,
	     "dlq.deleteMany");
	same((await dlq.delete({ dlqIds: [again[1], again[2]] })).deleted, 2,
	     "dlq.delete dlqIds");
	const filter = { label: "many", responseStatus: 500 };
	const part = await dlq.retry({ filter, count: 2 });
	const rest = await dlq.retry({ filter, count: 2, cursor: part.cursor });
	same([part.responses.length, rest.responses.length, rest.cursor],
	     [2, 1, undefined], "dlq.retry by filter, page by page");
	for (const name of ["delete", "retry"])
		same((await rejection(dlq[name]({ all: true })))?.status, 400,
		     `dlq.${name} of everything needs the same switch`);
}

async function flowControl() {
	const flow = client.flowControl;
	await flow.pause("paused");
	await client.publish({ url: `${DESTINATION}/paused`,
		flowControl: { key: "paused", rate: 5, parallelism: 2, period: 3 } });
	await sleep(400);
	const state = await flow.get("paused");
	same([state.isPaused, state.waitListSize, state.rateMax,
	      state.parallelismMax, state.ratePeriod],
	     [true, 1, 5, 2, 3], "flowControl.pause holds");
	same(requests("/paused").length, 0, "everything");
	await flow.resume("paused");
	await delivery("/paused");
	ok(true, "flowControl.resume");
	await flow.pin("paused", { parallelism: 1, rate: 9, period: 60 });
	same(await flow.get("paused").then((s) => [s.isPinnedRate,
		s.isPinnedParallelism, s.rateMax, s.ratePeriod]),
	     [true, true, 9, 60], "flowControl.pin");
	await flow.unpin("paused", { rate: true, parallelism: true });
	await flow.resetRate("paused");
	same(await flow.get("paused").then((s) => [s.isPinnedRate, s.rateCount]),
	     [false, 0], "flowControl.unpin and resetRate");
	same(typeof (await flow.getGlobalParallelism()).parallelismMax, "number",
	     "flowControl.getGlobalParallelism");
	same((await rejection(flow.get("never")))?.status, 404, "an unknown key");
}

async function callbacks() {
	const { messageId } = await client.publish({
		url: `${DESTINATION}/source?status=500`, body: "s", retries: 0,
		callback: `${DESTINATION}/callback?status=500&fail=1`,
		failureCallback: `${DESTINATION}/failure`,
		headers: { "Upstash-Callback-Retry-Delay": "100",
			   "Upstash-Callback-Retries": "1" } });
	const failure = JSON.parse((await delivery("/failure")).body);
	const again = await delivery("/callback", 2);
	const callback = JSON.parse(again.body);
	same([callback.status, callback.sourceMessageId, callback.dlqId,
	      atob(callback.sourceBody), atob(callback.body), callback.retried],
	     [500, messageId, undefined, "s", "said no", 0],
	     "a callback, delivered at its second attempt");
	same([failure.sourceMessageId, typeof failure.dlqId, failure.url],
	     [messageId, "string", `${DESTINATION}/source?status=500`],
	     "a failure callback");
	same(await new Receiver({ currentSigningKey: current, nextSigningKey: next })
		.verify({ signature: again.headers["Upstash-Signature"],
			  body: again.body }), true, "signed as well");
}

async function rotation() {
	const keys = await client.http.request({
		method: "POST", path: ["v2", "keys", "rotate"] });
	same(keys.current, next, "the next key becomes the current one");
	await client.publish({ url: `${DESTINATION}/rotated`, body: "r" });
	const got = await delivery("/rotated");
	const check = (a, b) => new Receiver({ currentSigningKey: a, nextSigningKey: b })
		.verify({ signature: got.headers["Upstash-Signature"], body: got.body,
			  url: `${DESTINATION}/rotated` });
	same(await check(keys.current, keys.next), true, "a receiver that knows verifies");
	same(await check(current, next), true, "and one that does not know yet");
	ok(await rejection(check(current, "sig_other")), "the old key signs no more");
	same(await client.http.request({ path: ["v2", "readiness"] }),
	     { ready: true }, "readiness");
}

async function notIn() {
	const calls = {
		enqueue: () => client.queue({ queueName: "q" })
			.enqueue({ url: `${DESTINATION}/x` }),
		schedules: () => client.schedules.list(),
		"URL groups": () => client.urlGroups.list(),
	};
	for (const [name, call] of Object.entries(calls)) {
		const error = await rejection(call());
		ok(error?.status === 404 &&
		   error.message.includes("not supported by local-queue"),
		   `${name}: refused in clear words`);
	}
}

await verify(await publish(), `${DESTINATION}/plain?a=1&b=%20`);
await verify(await publishJson(), `${DESTINATION}/json`);
await batch();
await rawBatch();
await messages();
await dlq();
await refusals();
await logs();
await cancels();
await deadLetters();
await manyDeadLetters();
await flowControl();
await callbacks();
await notIn();
await rotation();
console.log(`1..${tests}`);
process.exit(failures ? 1 : 0);
