// SPDX-License-Identifier: MIT
//
// peer.mjs: what a good user would write instead, in Node: node:http, the
// official SDK's Receiver, pg with a pool and named prepared statements,
// undici with kept connections. One process, or a cluster of PROCESSES.
//
//   POST /process-message   PERSIST=two: an UPDATE and the counter's RPC;
//                           cte: both in one statement; claim: cte, and a claim
//                           before the send, as ours has it
//   POST /launch            one transaction, 500 rows a statement, batches of
//                           100 one after another
//   GET /status             the campaign's row and its counts
//
// Reads PORT, PROCESSES, PERSIST, PGHOST, PGDATABASE, PGUSER, EVOLUTION_API_URL,
// QSTASH_URL, QSTASH_CURRENT_SIGNING_KEY, PUBLIC_URL, TENANT_ID, USER_ID.
import cluster from 'node:cluster';
import http from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto';
import { Receiver } from '@upstash/qstash';
import pg from 'pg';
import { Agent, request } from 'undici';

const env = process.env;
const processes = Number(env.PROCESSES ?? 1);
const messages = 'message_logs_dispara_lead_saas_02';
const campaigns = 'campaigns_dispara_lead_saas_02';

const receiver = new Receiver({
	currentSigningKey: env.QSTASH_CURRENT_SIGNING_KEY,
	nextSigningKey: env.QSTASH_NEXT_SIGNING_KEY ?? 'sig_none',
});
const pool = new pg.Pool({ max: 10 });
const agent = new Agent({ connections: 64, keepAliveTimeout: 30_000 });

const find = {
	name: 'find',
	text: `SELECT m.status, m.phone_number, m.message_content, m.instance_name
		FROM ${messages} m JOIN ${campaigns} c ON c.id = m.campaign_id
			AND c.tenant_id = m.tenant_id
		WHERE m.id = $1 AND m.campaign_id = $2 AND m.generation = $3
		  AND c.status IN ('pending', 'processing')`,
};
const claim = {
	name: 'claim',
	text: `UPDATE ${messages} m SET status = 'sending', attempt = attempt + 1,
			claim_token = $4, claimed_at = now(),
			lease_expires_at = now() + interval '165 s'
		FROM ${campaigns} c
		WHERE m.id = $1 AND m.campaign_id = $2 AND m.generation = $3
		  AND m.status IN ('pending', 'queued') AND c.id = m.campaign_id
		  AND c.tenant_id = m.tenant_id
		  AND c.status IN ('pending', 'processing')
		RETURNING m.status, m.phone_number, m.message_content,
			m.instance_name`,
};
const sent = {
	name: 'sent',
	text: `UPDATE ${messages} SET status = 'sent', evolution_key = $2,
			evolution_response = $3, sent_at = now(), updated_at = now()
		WHERE id = $1 AND status <> 'sent'`,
};
const counted = {
	name: 'counted',
	text: 'SELECT increment_campaign_sent_count($1)',
};
const both = {
	name: 'both',
	text: `WITH m AS (UPDATE ${messages} SET status = 'sent',
			evolution_key = $2, evolution_response = $3,
			sent_at = now(), updated_at = now()
			WHERE id = $1 AND status <> 'sent' RETURNING campaign_id)
		UPDATE ${campaigns} c SET sent_count = sent_count + 1,
			updated_at = now(), version = version + 1
		FROM m WHERE c.id = m.campaign_id`,
};

async function read(req) {
	const parts = [];
	for await (const part of req)
		parts.push(part);
	return Buffer.concat(parts).toString('utf8');
}

function answer(res, status, value) {
	const text = JSON.stringify(value);
	res.writeHead(status, {
		'Content-Type': 'application/json',
		'Content-Length': Buffer.byteLength(text),
	});
	res.end(text);
}

async function send(row) {
	const { statusCode, body } = await request(
		`${env.EVOLUTION_API_URL}/message/sendText/${row.instance_name}`, {
			method: 'POST',
			dispatcher: agent,
			headers: { 'Content-Type': 'application/json', apikey: 'k' },
			body: JSON.stringify({ number: row.phone_number,
				text: row.message_content, delay: 1200 }),
		});
	const sentAnswer = await body.json();
	if (statusCode !== 201)
		throw new Error(`Evolution says ${statusCode}`);
	return sentAnswer;
}

// A number that is being sent on is waited for, as ours does.
async function claimRow(ids) {
	for (;;) {
		try {
			return await pool.query({ ...claim,
				values: [...ids, randomUUID()] });
		} catch (error) {
			if (error.constraint !== 'message_logs_02_sending')
				throw error;
			await sleep(5);
		}
	}
}

async function processMessage(req, res) {
	const text = await read(req);
	await receiver.verify({
		signature: req.headers['upstash-signature'] ?? '',
		body: text,
		url: `${env.PUBLIC_URL}${req.url}`,
	});
	const b = JSON.parse(text);
	const ids = [b.message_id, b.campaign_id, b.generation];
	const { rows: [row] } = env.PERSIST === 'claim'
		? await claimRow(ids)
		: await pool.query({ ...find, values: ids });
	if (!row || row.status === 'sent')
		return answer(res, 200, { success: true });
	const got = await send(row);
	const values = [b.message_id, got.key.id, got];
	if (env.PERSIST === 'two') {
		const { rowCount } = await pool.query({ ...sent, values });
		if (rowCount)
			await pool.query({ ...counted, values: [b.campaign_id] });
	} else {
		await pool.query({ ...both, values });
	}
	answer(res, 200, { success: true, evolution_key: got.key.id });
}

// HS256 only, as a hand-written check would be.
function signedIn(req) {
	const [head, claims, signature] =
		(req.headers.authorization ?? '').replace(/^Bearer /i, '').split('.');
	const want = createHmac('sha256', env.SUPABASE_JWT_SECRET)
		.update(`${head}.${claims}`).digest();
	const got = Buffer.from(signature ?? '', 'base64url');
	return got.length === want.length && timingSafeEqual(got, want) &&
		JSON.parse(Buffer.from(claims, 'base64url')).exp > Date.now() / 1000;
}

const fill = (text, contact) =>
	text.replace(/\{([^{}|]+)(?:\|([^{}]*))?\}/g, (_, name, fallback) =>
		contact[name] ?? fallback ?? '');

function normalise(phone) {
	const digits = String(phone).replace(/\D/g, '');
	return digits.length <= 11 ? `55${digits}` : digits;
}

function rowsOf(b, campaign) {
	const seen = new Set();
	const rows = [];
	let at = Date.now();
	let turn = 0;
	for (const contact of b.contatos) {
		const phone = normalise(contact.telefone);
		if (phone.length < 12 || phone.length > 13 || seen.has(phone))
			continue;
		seen.add(phone);
		const instance = b.instances[turn++ % b.instances.length];
		b.templates.forEach((template, index) => {
			rows.push({ id: randomUUID(), campaign, phone, instance, index,
				content: fill(template.text ?? '', contact), contact,
				at: Math.floor(at / 1000) });
			at += (b.tempoMin + Math.random() *
				(b.tempoMax - b.tempoMin)) * 1000;
		});
	}
	return rows;
}

async function insert(client, rows) {
	const column = (name) => rows.map((row) => row[name]);
	await client.query({
		name: 'insert',
		text: `INSERT INTO ${messages} (id, tenant_id, campaign_id,
				phone_number, phone_key, message_content, instance_name,
				scheduled_for, template_index, message_type, contact,
				generation)
			SELECT u.id, $1, $2, u.phone, u.phone, u.content, u.instance,
				to_timestamp(u.at), u.index, 'texto', u.contact, 1
			FROM unnest($3::uuid[], $4::text[], $5::text[], $6::text[],
				$7::bigint[], $8::int[], $9::jsonb[])
				AS u (id, phone, content, instance, at, index, contact)`,
		values: [env.TENANT_ID, rows[0].campaign, column('id'),
			column('phone'), column('content'), column('instance'),
			column('at'), column('index'),
			rows.map((row) => JSON.stringify(row.contact))],
	});
}

async function store(b, campaign, rows) {
	const client = await pool.connect();
	try {
		await client.query('BEGIN');
		await client.query(`INSERT INTO ${campaigns} (id, tenant_id, user_id,
			name, status, total_messages, instances, delay_min, delay_max,
			engine) VALUES ($1, $2, $3, $4, 'pending', $5, $6, $7, $8, 1)`,
		[campaign, env.TENANT_ID, env.USER_ID, b.campaignName, rows.length,
			b.instances, b.tempoMin, b.tempoMax]);
		for (let i = 0; i < rows.length; i += 500)
			await insert(client, rows.slice(i, i + 500));
		await client.query('COMMIT');
	} catch (error) {
		await client.query('ROLLBACK');
		throw error;
	} finally {
		client.release();
	}
}

const published = (row) => ({
	destination: `${env.PUBLIC_URL}/process-message`,
	headers: { 'Content-Type': 'application/json', 'Upstash-Method': 'POST',
		'Upstash-Retries': '2', 'Upstash-Not-Before': String(row.at),
		'Upstash-Deduplication-Id': `${row.id}:1`,
		'Upstash-Label': `camp-${row.campaign}`,
		'Upstash-Flow-Control-Key': `lane-${row.instance}`,
		'Upstash-Flow-Control-Value': 'parallelism=1, rate=1, period=3s' },
	body: JSON.stringify({ message_id: row.id, phone_number: row.phone,
		message_content: row.content, instance_name: row.instance,
		campaign_id: row.campaign, generation: 1 }),
});

async function publish(rows) {
	for (let i = 0; i < rows.length; i += 100) {
		const part = rows.slice(i, i + 100);
		const { body } = await request(`${env.QSTASH_URL}/v2/batch`, {
			method: 'POST', dispatcher: agent,
			headers: { Authorization: 'Bearer t',
				'Content-Type': 'application/json' },
			body: JSON.stringify(part.map(published)),
		});
		const accepted = await body.json();
		await pool.query({
			name: 'queued',
			text: `UPDATE ${messages} m SET status = 'queued',
					queued_at = now(), qstash_message_id = u.queue_id
				FROM unnest($1::uuid[], $2::text[]) AS u (id, queue_id)
				WHERE m.id = u.id AND m.status = 'pending'`,
			values: [part.map((row) => row.id),
				accepted.map((item) => item.messageId)],
		});
	}
}

async function launch(req, res) {
	if (!signedIn(req))
		return answer(res, 401, {});
	const b = JSON.parse(await read(req));
	const campaign = randomUUID();
	const rows = rowsOf(b, campaign);
	await store(b, campaign, rows);
	await publish(rows);
	await pool.query(`UPDATE ${campaigns} SET status = 'processing',
		started_at = now() WHERE id = $1`, [campaign]);
	answer(res, 201, { success: true, campaign_id: campaign,
		total_messages: rows.length });
}

async function status(req, res) {
	if (!signedIn(req))
		return answer(res, 401, {});
	const id = new URL(req.url, 'http://h').searchParams.get('campaign_id');
	const { rows: [row] } = await pool.query({
		name: 'status',
		text: `SELECT c.id, c.name, c.status, c.total_messages, c.sent_count,
				c.failed_count, c.error_counts, c.started_at, c.completed_at,
				(SELECT count(*) FROM ${messages} m WHERE m.campaign_id =
					c.id AND m.status = 'pending') AS pending,
				(SELECT count(*) FROM ${messages} m WHERE m.campaign_id =
					c.id AND m.status = 'sending') AS sending
			FROM ${campaigns} c WHERE c.tenant_id = $1 AND c.id = $2`,
		values: [env.TENANT_ID, id],
	});
	answer(res, row ? 200 : 404, row ?? {});
}

const routes = { '/process-message': processMessage, '/launch': launch,
	'/status': status };

if (processes > 1 && cluster.isPrimary) {
	for (let i = 0; i < processes; i++)
		cluster.fork();
} else {
	http.createServer((req, res) => {
		const route = routes[req.url.split('?')[0]];
		if (!route)
			return answer(res, 404, {});
		route(req, res).catch((error) => {
			console.error(error.message);
			answer(res, 500, { error: error.message });
		});
	}).listen(Number(env.PORT), '127.0.0.1');
}
