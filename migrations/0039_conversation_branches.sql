CREATE TABLE `answer_ways` (
	`message_id` text PRIMARY KEY NOT NULL,
	`way` text NOT NULL,
	FOREIGN KEY (`message_id`) REFERENCES `messages`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
ALTER TABLE `conversations` ADD `branched_from` text;--> statement-breakpoint
ALTER TABLE `open_rooms` ADD `sockets` integer DEFAULT 1 NOT NULL;