CREATE TABLE `message_annotations` (
	`message_id` text PRIMARY KEY NOT NULL,
	`annotations` text NOT NULL,
	FOREIGN KEY (`message_id`) REFERENCES `messages`(`id`) ON UPDATE no action ON DELETE cascade
);
