// SPDX-License-Identifier: Apache-2.0
// The register as a portal team would read it: Fastify, a pool of connections, prepared statements, two processes.
'use strict';
const cluster = require('node:cluster');

const VISIT = `SELECT v.id, v.version, v.state, v.created_at, v.updated_at, v.title, v.ref, v.kind, v.mode, v.status, v.language, v.summary,
    v.outcome, v.objectives, v.dates, v.dates_as_written, v.delegation_size, v.programme, p.title programme_label, v.themes,
    v.recommendations_complete, v.report_due FROM visit v LEFT JOIN programme p ON p.id = v.programme AND p.state = 'published'`;
const ORGANISATION = 'o.id organisation, o.name organisation_label';
const SEAT = `t.capacity, t.post, IF(t.public_office, t.name_as_written, NULL) name_as_written, t.public_office, t.country, t.note, ${ORGANISATION}`;
const BODY = "LEFT JOIN organisation o ON o.id = t.organisation AND o.state = 'published'";

function id(bytes) {
    const h = bytes.toString('hex');
    return `${h.slice(0, 8)}-${h.slice(8, 12)}-${h.slice(12, 16)}-${h.slice(16, 20)}-${h.slice(20)}`;
}

// Ids as text, references as {id, name}, lists out of their JSON, absent members left out.
function shape(row, { lists = [], references = {}, flags = [] } = {}) {
    const out = {};
    for (const [name, value] of Object.entries(row)) {
        if (name.endsWith('_label') || (value === null && !lists.includes(name))) continue;
        if (name === 'id') out.id = id(value);
        else if (references[name]) out[name] = { id: id(value), [references[name]]: row[`${name}_label`] };
        else if (lists.includes(name)) out[name] = value === null ? [] : JSON.parse(value);
        else if (flags.includes(name)) out[name] = Boolean(value);
        else out[name] = value;
    }
    return out;
}

const visit = (row) => shape(row, { lists: ['objectives', 'themes'], references: { programme: 'title' }, flags: ['recommendations_complete'] });
const body = { references: { organisation: 'name' }, flags: ['public_office'] };

// `short`: a visit that has nothing but legs and parties; the others are not asked for.
async function dossier(db, key, short) {
    const [found] = await db.execute(`${VISIT} WHERE v.id = ? AND v.state = 'published'`, [key]);
    if (!found) return null;
    const one = visit(found);
    const kids = (sql, how, where = '') => db.execute(`${sql} WHERE t.parent = ? ${where} ORDER BY t.pos`, [key]).then((rows) => rows.map((r) => shape(r, how)));
    one.legs = await kids('SELECT t.id, t.country, t.place, t.dates, t.note FROM visit_leg t');
    one.parties = await kids(`SELECT t.id, t.role, t.country, t.name_as_written, t.note, ${ORGANISATION} FROM visit_party t ${BODY}`, body,
        'AND COALESCE(o.name, t.name_as_written, t.country) IS NOT NULL');
    if (short) return one;
    // seats of the delegation and of all meetings in one query
    const seats = await db.execute(`SELECT s.* FROM (SELECT t.id, NULL meeting, t.pos, ${SEAT} FROM visit_seat t ${BODY} WHERE t.parent = ?
        UNION ALL SELECT t.id, t.parent, t.pos, ${SEAT} FROM visit_meeting m JOIN visit_meeting_seat t ON t.parent = m.id ${BODY}
        WHERE m.parent = ?) s ORDER BY s.pos`, [key, key]);
    const of = {};
    for (const { meeting, pos, ...seat } of seats) (of[meeting ? id(meeting) : ''] ??= []).push(shape(seat, body));
    one.seats = of[''] ?? [];
    one.meetings = await kids('SELECT t.id, t.date, t.place, t.subject, t.note FROM visit_meeting t');
    for (const meeting of one.meetings) meeting.seats = of[meeting.id] ?? [];
    one.learnings = await kids('SELECT t.id, t.text, t.lang, t.themes FROM visit_learning t', { lists: ['themes'] });
    const byId = new Map();
    const tasks = await db.execute(`SELECT r.id, r.number, r.text, r.lang, r.rationale, r.levels, r.due, IF(o.id IS NULL, NULL, t.id) addressee, ${ORGANISATION}
        FROM visit_recommendation r LEFT JOIN visit_recommendation_addressee t ON t.parent = r.id ${BODY} WHERE r.parent = ? ORDER BY r.pos, t.pos`, [key]);
    for (const { addressee, organisation, organisation_label, ...row } of tasks) {
        const task = byId.get(id(row.id)) ?? { ...shape(row, { lists: ['levels'] }), addressees: [] };
        byId.set(task.id, task);
        if (addressee) task.addressees.push(shape({ id: addressee, organisation, organisation_label }, body));
    }
    one.recommendations = [...byId.values()];
    one.purpose_links = await kids(`SELECT t.id, t.relation, t.rationale, p.id policy, p.title policy_label FROM visit_purpose_link t
        JOIN policy p ON p.id = t.policy AND p.state = 'published'`, { references: { policy: 'title' } });
    one.sources = await kids('SELECT t.id, t.title, t.publisher, t.url, t.published_at, t.language FROM visit_source t');
    one.identifiers = await kids('SELECT t.id, t.scheme, t.value FROM visit_identifier t');
    return one;
}

// A page of visits to one country, latest first, without their items as in the API's list.
async function page(db, country) {
    const rows = await db.execute(`${VISIT} JOIN (SELECT f.id, f.sort_lo FROM facet f JOIN visit w ON w.id = f.id WHERE f.facet = 'visit.host_country'
        AND f.value = ? AND f.cls = 0 AND w.state = 'published' ORDER BY f.sort_lo DESC, f.id DESC LIMIT 26) k ON k.id = v.id
        ORDER BY k.sort_lo DESC, k.id DESC`, [country]);
    const items = rows.slice(0, 25).map(visit);
    return { items, next: rows.length > 25 ? `/node/visits?host_country=${country}&after=${items[24].id}` : null };
}

async function serve() {
    const { BENCH_DB_SOCKET: socketPath, BENCH_USER: user, BENCH_PASSWORD: password, BENCH_LISTEN: path } = process.env;
    const pool = require('mariadb').createPool({ socketPath, user, password, database: 'ziara', connectionLimit: 16, dateStrings: true });
    const app = require('fastify')();

    async function withConnection(work) {
        const db = await pool.getConnection();
        try {
            return await work(db);
        } finally {
            await db.release();
        }
    }
    app.get('/node/visits/:id', async (request, reply) => {
        const key = Buffer.from(request.params.id.replaceAll('-', ''), 'hex');
        const found = await withConnection((db) => dossier(db, key, 'short' in request.query));
        return found ?? reply.code(404).send({ status: 404 });
    });
    app.get('/node/visits', async (request) => withConnection((db) => page(db, request.query.host_country)));
    await app.listen({ path });
}

if (cluster.isPrimary) {
    cluster.fork();
    cluster.fork();
} else {
    serve().catch((why) => {
        console.error(why);
        process.exit(1);
    });
}
