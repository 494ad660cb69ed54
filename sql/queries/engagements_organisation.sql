-- SPDX-License-Identifier: Apache-2.0
-- What some organisations take part in: one SELECT a source, numbered as in fcgi/app/engagements.c,
-- each begun at the index of what refers to an organisation.  A new source is a SELECT here and a
-- row there.
--   :ids   the organisations          :s1 …   whether a source is wanted, and the view may see it
--   :role  the only role, or NULL     :sees_visits, :sees_directory, :sees_policies: drafts too
-- n: the source; id: the record taken part in; tie: orders engagements of one day; lo: the lower
-- bound of the dates, 0 when they are unknown; body: the organisation that is named.
SELECT 1 AS n, v.id AS id, v.id AS tie, v.dates_lo AS lo, i.role AS role, i.organisation AS body
FROM visit_party i JOIN visit v ON v.id = i.parent
WHERE :s1 AND i.organisation IN (:ids) AND (:any_role OR i.role = :role) AND (:sees_visits OR v.state = 'published')
UNION
SELECT 2, v.id, v.id, v.dates_lo, 'via', i.via
FROM visit_party i JOIN visit v ON v.id = i.parent
WHERE :s2 AND i.via IN (:ids) AND (:any_role OR 'via' = :role) AND (:sees_visits OR v.state = 'published')
UNION
SELECT 3, v.id, v.id, v.dates_lo, i.capacity, i.organisation
FROM visit_seat i JOIN visit v ON v.id = i.parent
WHERE :s3 AND i.organisation IN (:ids) AND (:any_role OR i.capacity = :role) AND (:sees_visits OR v.state = 'published')
UNION
SELECT 4, v.id, v.id, v.dates_lo, 'on_behalf_of', i.on_behalf_of
FROM visit_seat i JOIN visit v ON v.id = i.parent
WHERE :s4 AND i.on_behalf_of IN (:ids) AND (:any_role OR 'on_behalf_of' = :role) AND (:sees_visits OR v.state = 'published')
UNION
SELECT 5, v.id, v.id, v.dates_lo, 'payer', i.cost_payer
FROM visit_seat i JOIN visit v ON v.id = i.parent
WHERE :s5 AND i.cost_payer IN (:ids) AND (:any_role OR 'payer' = :role) AND (:sees_visits OR v.state = 'published')
UNION
SELECT 6, m.id, m.id, IF(m.date_lo, m.date_lo, v.dates_lo), i.capacity, i.organisation
FROM visit_meeting_seat i JOIN visit_meeting m ON m.id = i.parent JOIN visit v ON v.id = m.parent
WHERE :s6 AND i.organisation IN (:ids) AND (:any_role OR i.capacity = :role) AND (:sees_visits OR v.state = 'published')
UNION
SELECT 7, m.id, m.id, IF(m.date_lo, m.date_lo, v.dates_lo), 'on_behalf_of', i.on_behalf_of
FROM visit_meeting_seat i JOIN visit_meeting m ON m.id = i.parent JOIN visit v ON v.id = m.parent
WHERE :s7 AND i.on_behalf_of IN (:ids) AND (:any_role OR 'on_behalf_of' = :role) AND (:sees_visits OR v.state = 'published')
UNION
SELECT 8, r.id, r.id, v.dates_lo, 'addressee', i.organisation
FROM visit_recommendation_addressee i JOIN visit_recommendation r ON r.id = i.parent JOIN visit v ON v.id = r.parent
WHERE :s8 AND i.organisation IN (:ids) AND (:any_role OR 'addressee' = :role) AND (:sees_visits OR v.state = 'published')
UNION
SELECT 9, r.id, r.id, v.dates_lo, 'counterpart', i.organisation
FROM visit_recommendation_counterpart i JOIN visit_recommendation r ON r.id = i.parent JOIN visit v ON v.id = r.parent
WHERE :s9 AND i.organisation IN (:ids) AND (:any_role OR 'counterpart' = :role) AND (:sees_visits OR v.state = 'published')
UNION
SELECT 10, p.id, p.id, p.dates_lo, i.role, i.organisation
FROM programme_party i JOIN programme p ON p.id = i.parent
WHERE :s10 AND i.organisation IN (:ids) AND (:any_role OR i.role = :role) AND (:sees_directory OR p.state = 'published')
UNION
SELECT 11, p.id, p.id, p.dates_lo, 'via', i.via
FROM programme_party i JOIN programme p ON p.id = i.parent
WHERE :s11 AND i.via IN (:ids) AND (:any_role OR 'via' = :role) AND (:sees_directory OR p.state = 'published')
UNION
SELECT 12, y.id, y.id, y.dates_lo, 'lead', y.organisation
FROM policy y
WHERE :s12 AND y.organisation IN (:ids) AND (:any_role OR 'lead' = :role) AND (:sees_policies OR y.state = 'published')
UNION
SELECT 13, c.id, c.id, IF(c.start_lo, c.start_lo, c.due_lo), i.role, i.organisation
FROM action_party i JOIN action c ON c.id = i.parent
WHERE :s13 AND i.organisation IN (:ids) AND (:any_role OR i.role = :role) AND (:sees_visits OR c.state = 'published')
