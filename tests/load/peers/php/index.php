<?php
// SPDX-License-Identifier: Apache-2.0
// The register as a portal team would read it: PDO with its own way of binding (one round trip), kept connections, json_encode.
declare(strict_types=1);

function id(?string $bytes): ?string
{
    return $bytes === null ? null : vsprintf('%s%s-%s-%s-%s-%s%s%s', str_split(bin2hex($bytes), 4));
}

function answer(int $status, array $body): never
{
    http_response_code($status);
    header('Content-Type: application/json');
    echo json_encode($body, JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES);
    exit;
}

function rows(string $sql, array $values): array
{
    static $db = null;
    $db ??= new PDO(getenv('BENCH_DSN'), getenv('BENCH_USER'), getenv('BENCH_PASSWORD'), [
        PDO::ATTR_PERSISTENT => true, PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION,
        PDO::ATTR_DEFAULT_FETCH_MODE => PDO::FETCH_ASSOC, PDO::MYSQL_ATTR_INIT_COMMAND => 'SET NAMES utf8mb4']);
    $s = $db->prepare($sql);
    $s->execute($values);
    return $s->fetchAll();
}

// Ids as text, references as {id, name}, lists out of their JSON, absent members left out.
function shape(array $row, array $lists = [], array $references = [], array $flags = []): array
{
    unset($row['parent'], $row['pos']);
    foreach ($references as $name => $label) {
        $row[$name] = $row[$name] === null ? null : ['id' => id($row[$name]), $label => $row["{$name}_label"]];
        unset($row["{$name}_label"]);
    }
    foreach ($lists as $name) {
        $row[$name] = $row[$name] === null ? [] : json_decode($row[$name]);
    }
    foreach ($flags as $name) {
        $row[$name] = $row[$name] === null ? null : (bool) $row[$name];
    }
    $row['id'] = id($row['id']);
    return array_filter($row, fn ($v) => $v !== null);
}

const VISIT = "SELECT v.id, v.version, v.state, v.created_at, v.updated_at, v.title, v.ref, v.kind, v.mode, v.status, v.language, v.summary,
    v.outcome, v.objectives, v.dates, v.dates_as_written, v.delegation_size, v.programme, p.title programme_label, v.themes,
    v.recommendations_complete, v.report_due FROM visit v LEFT JOIN programme p ON p.id = v.programme AND p.state = 'published'";

function visit(array $row): array
{
    return shape($row, ['objectives', 'themes'], ['programme' => 'title'], ['recommendations_complete']);
}

// `short`: a visit that has nothing but legs and parties; the others are not asked for.
function dossier(string $key, bool $short): array
{
    $found = rows(VISIT . " WHERE v.id = UNHEX(?) AND v.state = 'published'", [$key]);
    if (!$found) {
        answer(404, ['status' => 404]);
    }
    $visit = visit($found[0]);
    $organisation = "o.id organisation, o.name organisation_label";
    $visit['legs'] = array_map(shape(...), rows('SELECT id, country, place, dates, note FROM visit_leg WHERE parent = UNHEX(?) ORDER BY pos', [$key]));
    $parties = rows("SELECT t.id, t.role, t.country, t.name_as_written, t.note, $organisation FROM visit_party t
        LEFT JOIN organisation o ON o.id = t.organisation AND o.state = 'published' WHERE t.parent = UNHEX(?)
        AND COALESCE(o.name, t.name_as_written, t.country) IS NOT NULL ORDER BY t.pos", [$key]);
    $visit['parties'] = array_map(fn ($r) => shape($r, [], ['organisation' => 'name']), $parties);
    if ($short) {
        return $visit;
    }
    // seats of the delegation and of all meetings in one query
    $seats = rows("SELECT s.* FROM (SELECT t.id, NULL meeting, t.pos, t.capacity, t.post, IF(t.public_office, t.name_as_written, NULL) name_as_written,
            t.public_office, t.country, t.note, $organisation FROM visit_seat t
            LEFT JOIN organisation o ON o.id = t.organisation AND o.state = 'published' WHERE t.parent = UNHEX(?)
        UNION ALL SELECT t.id, t.parent, t.pos, t.capacity, t.post, IF(t.public_office, t.name_as_written, NULL), t.public_office, t.country, t.note,
            $organisation FROM visit_meeting m JOIN visit_meeting_seat t ON t.parent = m.id
            LEFT JOIN organisation o ON o.id = t.organisation AND o.state = 'published' WHERE m.parent = UNHEX(?)) s ORDER BY s.pos", [$key, $key]);
    $of = ['' => []];
    foreach ($seats as $seat) {
        $meeting = $seat['meeting'] ?? '';
        unset($seat['meeting']);
        $of[$meeting][] = shape($seat, [], ['organisation' => 'name'], ['public_office']);
    }
    $visit['seats'] = $of[''];
    $visit['meetings'] = array_map(fn ($r) => shape($r) + ['seats' => $of[$r['id']] ?? []],
        rows('SELECT id, date, place, subject, note FROM visit_meeting WHERE parent = UNHEX(?) ORDER BY pos', [$key]));
    // findings: learnings, recommendations with their addressees, links, sources, numbers
    $visit['learnings'] = array_map(fn ($r) => shape($r, ['themes']),
        rows('SELECT id, text, lang, themes FROM visit_learning WHERE parent = UNHEX(?) ORDER BY pos', [$key]));
    $visit['recommendations'] = [];
    foreach (rows("SELECT r.id, r.number, r.text, r.lang, r.rationale, r.levels, r.due, IF(o.id IS NULL, NULL, a.id) addressee, o.id organisation, o.name organisation_label
        FROM visit_recommendation r LEFT JOIN visit_recommendation_addressee a ON a.parent = r.id
        LEFT JOIN organisation o ON o.id = a.organisation AND o.state = 'published' WHERE r.parent = UNHEX(?) ORDER BY r.pos, a.pos", [$key]) as $row) {
        $addressee = $row['addressee'] === null ? null
            : shape(['id' => $row['addressee'], 'organisation' => $row['organisation'], 'organisation_label' => $row['organisation_label']], [], ['organisation' => 'name']);
        unset($row['addressee'], $row['organisation'], $row['organisation_label']);
        $one = shape($row, ['levels']);
        $visit['recommendations'][$one['id']] ??= $one + ['addressees' => []];
        if ($addressee) {
            $visit['recommendations'][$one['id']]['addressees'][] = $addressee;
        }
    }
    $visit['recommendations'] = array_values($visit['recommendations']);
    $visit['purpose_links'] = array_map(fn ($r) => shape($r, [], ['policy' => 'title']), rows("SELECT l.id, l.relation, l.rationale, p.id policy,
        p.title policy_label FROM visit_purpose_link l JOIN policy p ON p.id = l.policy AND p.state = 'published' WHERE l.parent = UNHEX(?) ORDER BY l.pos", [$key]));
    $visit['sources'] = array_map(shape(...), rows('SELECT id, title, publisher, url, published_at, language FROM visit_source WHERE parent = UNHEX(?) ORDER BY pos', [$key]));
    $visit['identifiers'] = array_map(shape(...), rows('SELECT id, scheme, value FROM visit_identifier WHERE parent = UNHEX(?) ORDER BY pos', [$key]));
    return $visit;
}

// A page of visits to one country, latest first, without their items as in the API's list.
function page(string $country): array
{
    $items = rows(VISIT . " JOIN (SELECT f.id, f.sort_lo FROM facet f JOIN visit w ON w.id = f.id WHERE f.facet = 'visit.host_country' AND f.value = ?
        AND f.cls = 0 AND w.state = 'published' ORDER BY f.sort_lo DESC, f.id DESC LIMIT 26) k ON k.id = v.id ORDER BY k.sort_lo DESC, k.id DESC", [$country]);
    $more = count($items) > 25;
    $items = array_map(visit(...), array_slice($items, 0, 25));
    $last = end($items);
    return ['items' => $items, 'next' => $more ? "/php/visits?host_country=$country&after={$last['id']}" : null];
}

$path = explode('/', parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH));
$one = end($path);
if (preg_match('/^[0-9a-f-]{36}$/', $one)) {
    answer(200, dossier(str_replace('-', '', $one), isset($_GET['short'])));
} elseif (preg_match('/^[A-Z]{2}$/', $_GET['host_country'] ?? '')) {
    answer(200, page($_GET['host_country']));
}
answer(404, ['status' => 404]);
