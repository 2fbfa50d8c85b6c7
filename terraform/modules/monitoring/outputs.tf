output "alarm_topic_arn" {
  description = "ARN of the topic that tells of alarms."
  value       = aws_sns_topic.this.arn
}
