<?php
// Receives notifications, behind any web server or PHP's own: NOTIFY_SECRET=whsec_… FOLDER=… php -S 127.0.0.1:5000 receiver.php
declare(strict_types=1);

/** Standard Webhooks 1.0, over the bytes as they came. */
function isOurs(string $body): bool
{
    $sentAt = $_SERVER['HTTP_WEBHOOK_TIMESTAMP'] ?? '';
    if (!ctype_digit($sentAt) || abs(time() - (int) $sentAt) > 300) {
        return false;
    }
    $key = base64_decode(substr((string) getenv('NOTIFY_SECRET'), strlen('whsec_')));
    $signed = ($_SERVER['HTTP_WEBHOOK_ID'] ?? '') . ".$sentAt.$body";
    $wanted = 'v1,' . base64_encode(hash_hmac('sha256', $signed, $key, true));
    foreach (explode(' ', $_SERVER['HTTP_WEBHOOK_SIGNATURE'] ?? '') as $given) {
        if (hash_equals($wanted, $given)) {
            return true;
        }
    }
    return false;
}

/** It may come twice, and out of order: only what is newer counts. Yours is in your database. */
function told(array $order): void
{
    $folder = (string) getenv('FOLDER');
    $file = fopen("$folder/" . hash('sha256', $order['id']), 'c+');
    flock($file, LOCK_EX);
    if ($order['revision'] > (int) stream_get_contents($file)) {
        ftruncate($file, 0);
        rewind($file);
        fwrite($file, (string) $order['revision']);
        file_put_contents("$folder/told", "{$order['id']} {$order['status']}\n", FILE_APPEND);
    }
    fclose($file);
}

$body = (string) file_get_contents('php://input');
if (!isOurs($body)) {
    http_response_code(401);
    exit;
}
$message = json_decode($body, true, 64, JSON_THROW_ON_ERROR);
if ($message['type'] === 'order.updated') {
    told($message['data']);
}
http_response_code(204);
