-- SPDX-License-Identifier: Apache-2.0
-- Ids of people by their seats in visits and meetings, and by the bodies they held posts in or sat for.
-- A record merged into another stands for that one.
--   :role or :any_role                  code of seat_capacity; posts have none
--   :programme or :any_programme        ids of a programme and of what is part of it; posts are under none
--   :organisation or :any_organisation  ids of one body
--   :sees_visits, :sees_directory       drafts too; :sees_names: names outside public office too
SELECT COALESCE(p.merged_into, p.id) AS found
FROM visit_seat i JOIN visit v ON v.id = i.parent JOIN person p ON p.id = i.person
WHERE (:any_role OR i.capacity = :role) AND (:any_programme OR v.programme IN (:programme))
AND (:any_organisation OR i.organisation IN (:organisation))
AND (:sees_names OR i.public_office = 1) AND (:sees_visits OR v.state = 'published')
UNION
SELECT COALESCE(p.merged_into, p.id)
FROM visit_meeting_seat i JOIN visit_meeting m ON m.id = i.parent JOIN visit v ON v.id = m.parent JOIN person p ON p.id = i.person
WHERE (:any_role OR i.capacity = :role) AND (:any_programme OR v.programme IN (:programme))
AND (:any_organisation OR i.organisation IN (:organisation))
AND (:sees_names OR i.public_office = 1) AND (:sees_visits OR v.state = 'published')
UNION
SELECT COALESCE(p.merged_into, p.id)
FROM person_membership i JOIN person p ON p.id = i.parent
WHERE :any_role AND :any_programme AND i.organisation IN (:organisation) AND (:sees_directory OR p.state = 'published')
