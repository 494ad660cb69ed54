-- SPDX-License-Identifier: Apache-2.0
-- A page of engagements: newest first, those without dates last.  :sources is one of the other two
-- texts; a page begins behind (:lo, :tie, :n, :role), or with :first at the beginning.  Only what the
-- page shows is read whole; time is that of the record, by which its references to bodies are named.  What several of the bodies took part in alike is told once; body is NULL where one of :own did.
SELECT k.n, k.id, k.tie, k.lo, k.role, k.body,
COALESCE(v.title, p.title, y.title, c.title, m.subject, LEFT(r.text, 161)) AS title,
COALESCE(s.dates, m.date, v.dates, p.dates, y.dates, c.start, w.dates) AS dates,
w.id AS visit, w.title AS visit_title, r.number, COALESCE(r.due, c.due) AS due,
COALESCE(s.post, t.post, h.post) AS post,
o.id AS organisation, o.name AS organisation_name, o.state AS organisation_state,
h.name_as_written, h.valid_from, h.valid_to, c.status,
g.id AS organisation_stored, COALESCE(v.dates, v.planned_dates, w.dates, w.planned_dates, p.dates, y.dates, c.start) AS time
FROM (
SELECT a.n, a.id, a.tie, a.lo, a.role, IF(MAX(a.body IN (:own)), NULL, MIN(a.body)) AS body FROM (:sources) a
WHERE :first OR (a.lo <= :lo AND (a.lo < :lo OR a.tie < :tie OR (a.tie = :tie AND (a.n > :n OR (a.n = :n AND a.role > :role_after)))))
GROUP BY a.n, a.id, a.tie, a.lo, a.role
ORDER BY a.lo DESC, a.tie DESC, a.n, a.role LIMIT :limit
) k
LEFT JOIN visit v ON v.id = k.id AND k.n IN (:visits)
LEFT JOIN programme p ON p.id = k.id AND k.n IN (:programmes)
LEFT JOIN policy y ON y.id = k.id AND k.n IN (:policies)
LEFT JOIN action c ON c.id = k.id AND k.n IN (:actions)
LEFT JOIN visit_recommendation r ON r.id = k.id AND k.n IN (:recommendations)
LEFT JOIN visit_meeting m ON m.id = k.id AND k.n IN (:meetings)
LEFT JOIN visit w ON w.id = COALESCE(r.parent, m.parent)
LEFT JOIN visit_seat s ON s.id = k.tie AND :people
LEFT JOIN visit_meeting_seat t ON t.id = k.tie AND :people
LEFT JOIN person_membership h ON h.id = k.tie AND :people
LEFT JOIN organisation g ON g.id = COALESCE(s.organisation, t.organisation, h.organisation)
LEFT JOIN organisation o ON o.id = COALESCE(g.merged_into, g.id)
ORDER BY k.lo DESC, k.tie DESC, k.n, k.role
