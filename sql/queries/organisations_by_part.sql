-- SPDX-License-Identifier: Apache-2.0
-- Ids of organisations by the part they had in visits and programmes: parties, and what they acted through.
-- A record merged into another stands for that one.
--   :role or :any_role            code of party_role or programme_party_role; who is acted through has none
--   :programme or :any_programme  ids of a programme and of what is part of it; visits under them count too
--   :sees_visits, :sees_directory drafts too
SELECT COALESCE(o.merged_into, o.id) AS found
FROM visit_party i JOIN visit v ON v.id = i.parent JOIN organisation o ON o.id = i.organisation
WHERE (:any_role OR i.role = :role) AND (:any_programme OR v.programme IN (:programme)) AND (:sees_visits OR v.state = 'published')
UNION
SELECT COALESCE(o.merged_into, o.id)
FROM visit_party i JOIN visit v ON v.id = i.parent JOIN organisation o ON o.id = i.via
WHERE :any_role AND (:any_programme OR v.programme IN (:programme)) AND (:sees_visits OR v.state = 'published')
UNION
SELECT COALESCE(o.merged_into, o.id)
FROM programme_party i JOIN programme p ON p.id = i.parent JOIN organisation o ON o.id = i.organisation
WHERE (:any_role OR i.role = :role) AND (:any_programme OR p.id IN (:programme)) AND (:sees_directory OR p.state = 'published')
UNION
SELECT COALESCE(o.merged_into, o.id)
FROM programme_party i JOIN programme p ON p.id = i.parent JOIN organisation o ON o.id = i.via
WHERE :any_role AND (:any_programme OR p.id IN (:programme)) AND (:sees_directory OR p.state = 'published')
