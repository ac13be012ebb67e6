// Bodies of BodyCam.Native.DvpPort for the ESP32-CAM of AI-Thinker: template, written against the interface and never compiled.
// The metadata processor writes the header, the method table with its checksum and the marshalling around these four functions when
// BodyCam.Native.nfproj is built; put them in place of the empty bodies of its file for the class DvpPort.

#include "esp_camera.h"
#include <string.h>

namespace
{
const int NoSensor = -1;
const int NoMemory = -2;
const int PinsInUse = -3;
const int ArrayTooShort = -4;

bool started = false;

// hardware/boards/aithinker-esp32cam.json
camera_config_t BoardConfig()
{
    camera_config_t config = {};
    config.pin_pwdn = 32;
    config.pin_reset = -1;
    config.pin_xclk = 0;
    config.pin_sccb_sda = 26;
    config.pin_sccb_scl = 27;
    config.pin_d7 = 35;
    config.pin_d6 = 34;
    config.pin_d5 = 39;
    config.pin_d4 = 36;
    config.pin_d3 = 21;
    config.pin_d2 = 19;
    config.pin_d1 = 18;
    config.pin_d0 = 5;
    config.pin_vsync = 25;
    config.pin_href = 23;
    config.pin_pclk = 22;
    config.xclk_freq_hz = 20000000;
    config.ledc_timer = LEDC_TIMER_0;
    config.ledc_channel = LEDC_CHANNEL_0;
    config.sccb_i2c_port = 1;
    config.pixel_format = PIXFORMAT_JPEG;
    config.fb_location = CAMERA_FB_IN_PSRAM;
    config.grab_mode = CAMERA_GRAB_LATEST;
    return config;
}
} // namespace

int DvpStart(int size, int quality, int buffers)
{
    if (started)
    {
        return PinsInUse;
    }

    camera_config_t config = BoardConfig();
    config.frame_size = size == 0 ? FRAMESIZE_QVGA : size == 1 ? FRAMESIZE_VGA : FRAMESIZE_SVGA;
    config.jpeg_quality = quality < 4 ? 4 : quality > 63 ? 63 : quality;
    config.fb_count = buffers == 2 ? 2 : 1;
    esp_err_t result = esp_camera_init(&config);
    started = result == ESP_OK;
    return result == ESP_OK ? 0 : result == ESP_ERR_NO_MEM ? NoMemory : result == ESP_ERR_INVALID_STATE ? PinsInUse : NoSensor;
}

// esp_camera_fb_get waits for 4 s by itself, so it is asked first whether there is a picture.
int DvpTake(unsigned char *frame, int frameBytes, int timeoutMs)
{
    const int stepMs = 5;
    for (int waitedMs = 0; !esp_camera_available_frames(); waitedMs += stepMs)
    {
        if (waitedMs >= timeoutMs)
        {
            return 0;
        }

        vTaskDelay(pdMS_TO_TICKS(stepMs));
    }

    camera_fb_t *picture = esp_camera_fb_get();
    if (picture == nullptr)
    {
        return 0;
    }

    int length = (int)picture->len;
    if (length <= frameBytes)
    {
        memcpy(frame, picture->buf, length);
    }

    esp_camera_fb_return(picture);
    return length <= frameBytes ? length : ArrayTooShort;
}

// Bank 1: COM1 (03h) bits 7..6 frames without output, COM9 (14h) bits 7..5 gain ceiling; as Ov2640.SetExposure.
int DvpNight(int mode)
{
    sensor_t *sensor = started ? esp_camera_sensor_get() : nullptr;
    if (sensor == nullptr)
    {
        return NoSensor;
    }

    int frames = mode == 0 ? 0x0A : mode == 1 ? 0x8A : 0xCA;
    int gain = mode == 0 ? 0x48 : 0x68;
    return sensor->set_reg(sensor, 0x103, 0xFF, frames) == 0 && sensor->set_reg(sensor, 0x10F, 0xFF, 0x4B) == 0 && sensor->set_reg(sensor, 0x114, 0xFF, gain) == 0 ? 0 : NoSensor;
}

int DvpStop()
{
    if (started)
    {
        esp_camera_deinit();
        started = false;
    }

    return 0;
}
