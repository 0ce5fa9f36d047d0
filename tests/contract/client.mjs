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

await verify(await publish(), `${DESTINATION}/plain?a=1&b=%20`);
await verify(await publishJson(), `${DESTINATION}/json`);
await batch();
await messages();
await dlq();
await refusals();
console.log(`1..${tests}`);
process.exit(failures ? 1 : 0);
