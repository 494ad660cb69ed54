-- SPDX-License-Identifier: Apache-2.0
-- What some people take part in, and the posts they held: as engagements_organisation.sql.
-- tie is the seat itself, since two seats of one person in one visit differ in their posts.
--   :sees_names  whether names outside public office are seen
SELECT 1 AS n, v.id AS id, i.id AS tie, IF(i.dates_lo, i.dates_lo, v.dates_lo) AS lo, i.capacity AS role, i.person AS body
FROM visit_seat i JOIN visit v ON v.id = i.parent
WHERE :s1 AND i.person IN (:ids) AND (:any_role OR i.capacity = :role)
AND (:sees_names OR i.public_office = 1) AND (:sees_visits OR v.state = 'published')
UNION
SELECT 2, m.id, i.id, IF(m.date_lo, m.date_lo, v.dates_lo), i.capacity, i.person
FROM visit_meeting_seat i JOIN visit_meeting m ON m.id = i.parent JOIN visit v ON v.id = m.parent
WHERE :s2 AND i.person IN (:ids) AND (:any_role OR i.capacity = :role)
AND (:sees_names OR i.public_office = 1) AND (:sees_visits OR v.state = 'published')
UNION
SELECT 3, i.id, i.id, i.valid_from_lo, 'post', i.parent
FROM person_membership i JOIN person p ON p.id = i.parent LEFT JOIN organisation g ON g.id = i.organisation LEFT JOIN organisation o ON o.id = COALESCE(g.merged_into, g.id)
WHERE :s3 AND i.parent IN (:ids) AND (:sees_directory OR p.state = 'published') AND (:any_role OR 'post' = :role)
AND (:sees_directory OR i.name_as_written IS NOT NULL OR o.state = 'published')
