CREATE TABLE `program_vectors` (
	`id` text PRIMARY KEY NOT NULL,
	`model` text NOT NULL,
	`of_update` integer NOT NULL,
	`vector` text NOT NULL
);
